"""What site files of tests begin with where nodes go by radio."""

SITE_HEAD = """\
[site]
id = "yangjae"
name = "Yangjae"
timezone = "Asia/Seoul"
region = "KR920"
[store]
url = "sqlite:yangjae.db"
"""
