"""What must outlive a restart and is no record, as one small file: it is replaced whole, or stays as it was."""

import os


class Keep:
    """The file at `path`. littlefs renames atomically, also under a power cut, and has written what is closed."""

    def __init__(self, path):
        self._path = path

    def load(self):
        """Return what was saved last, None where nothing was."""
        try:
            with open(self._path, "rb") as file:
                return file.read()
        except OSError:
            return None

    def save(self, data):
        """Put `data` in the place of what was saved; it is on the flash when this returns.

        Raises: OSError.
        """
        new = self._path + ".new"
        with open(new, "wb") as file:
            file.write(data)
        os.rename(new, self._path)
