"""Django writes "5 a.m." with a space at which a line can break; these keep it on one line."""

TIME_FORMAT = "g:i\xa0a"
DATETIME_FORMAT = "N j, Y, g:i\xa0a"
SHORT_DATETIME_FORMAT = "m/d/Y g:i\xa0a"
