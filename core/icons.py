"""The tags of heroicons, which render each icon once in a process: see `libraries` in the settings.

The package copies and writes XML at each use. On a page with 50 badges, this took a tenth of the time.
"""

from functools import cache

from django import template
from heroicons.templatetags import heroicons

register = template.Library()

heroicon_micro = register.simple_tag(cache(heroicons.heroicon_micro))
heroicon_mini = register.simple_tag(cache(heroicons.heroicon_mini))
heroicon_outline = register.simple_tag(cache(heroicons.heroicon_outline))
