"""What must outlive a restart and is no record, as one small file: it is replaced whole, or stays as it was."""

import os


class Keep:
    """The file at `path`. littlefs renames atomically, also under a power cut; so do ext4 and their kind."""

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
            file.flush()
            if hasattr(os, "fsync"):
                os.fsync(file.fileno())
        os.rename(new, self._path)
        if hasattr(os, "fsync"):  # of a Linux computer: the new name is on the disk when its folder is
            folder = os.open(os.path.dirname(self._path) or ".", os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
