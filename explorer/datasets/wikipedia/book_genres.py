"""Map the free-text genres of Wikipedia infoboxes to a few dozen genres."""

from __future__ import annotations

import re
from functools import lru_cache

# A text has every genre whose pattern it contains as whole words, ignoring case. Film genres have the same names here,
# and therefore the same colors.
RULES = {
    "Sci-Fi": r"science[- ]fiction|sci-?fi|sf|cyberpunk|steampunk|space opera|planetary romance|sword and planet|"
    r"(?:post-?)?apocalyptic|science fantasy|time travel|techno-?thriller|star (?:trek|wars)|doctor who|speculative",
    "Fantasy": r"fantasy|fantastic|sword and sorcery|sword & sorcery|magic(?:al)? realism|fairy[- ]tales?|supernatural|"
    r"paranormal|arthurian|speculative",
    "Horror": r"horror|gothic|ghost stor(?:y|ies)|vampires?|weird|lovecraftian|cthulhu|zombies?|dark fantasy|occult",
    "Mystery": r"myster(?:y|ies)|detectives?|whodunn?it|gong'an|sherlock holmes|cozy|locked room",
    "Crime": r"crimes?|noir|hard-?boiled|murders?|gangster|caper|police|legal (?:thriller|drama)",
    "Thriller": r"thrillers?|techno-?thriller|suspense|conspiracy|spy|spies|espionage|secret agent",
    "Adventure": r"adventures?|lost world|picaresque|swashbuckl\w+|nautical|sea stor(?:y|ies)|action|robinsonade|"
    r"survival",
    "Historical": r"historic(?:al)?|regency|georgian|alternat(?:e|ive) histor(?:y|ies)|family saga|saga",
    "Dystopia": r"dystopi\w+|utopi\w+|(?:post-?)?apocalyptic|totalitarian\w*",
    "War": r"wars?|warfare|military|wartime|battles?|holocaust|naval",
    "Western": r"westerns?|cowboys?|frontier",
    "Romance": r"romances?|romantic|chick[- ]lit\w*|love stor(?:y|ies)|regency|erotic\w*|pornograph\w+",
    "Children": r"child(?:ren)?(?:'?s|’s)?|juvenile|picture books?|middle[- ]grade|nursery|caldecott|newbery",
    "Young adult": r"young[- ]adults?(?:'s)?|ya|teen(?:age|agers?|s)?|youth|coming[- ]of[- ]age|bildungsroman|"
    r"school stor(?:y|ies)",
    "Comedy": r"comed(?:y|ies)|tragicomedy|comic novels?|comic fantasy|humou?r\w*|satir\w+|parod(?:y|ies)|farce|"
    r"absurd\w*",
    "Literary": r"literary(?: fiction)?|modernis[mt]|post-?modern\w*|realis[mt]|realistic|experimental|metafiction|"
    r"stream of consciousness|psychological (?:fiction|novel)|philosophical (?:novel|fiction)|existential\w*|"
    r"autobiographical novel|naturalis[mt]|southern gothic|epistolary|novel of manners|proletarian|social novel",
    "Short stories": r"short (?:stor(?:y|ies)|fiction)|stories|tales?|antholog(?:y|ies)|collections?|novellas?",
    "Poetry": r"poe(?:m|ms|try|tic)|verse|sonnets?|ballads?|haiku|lyric\w*",
    "Drama": r"plays?|drama|tragedy|tragicomedy|melodrama|theat(?:re|er)|screenplay|libretto",
    "Comics": r"graphic (?:novels?|memoir)|comics|comic (?:book|strip)s?|manga|cartoons?",
    "Folklore": r"folk\w*|fairy[- ]tales?|legends?|mytholog(?:y|ical)|myths?|fables?|nursery rhymes?",
    "Biography": r"(?:(?:semi-?)?auto-?)?biograph(?:y|ies|ical)|memoirs?|diar(?:y|ies)|journals?|letters|"
    r"correspondence",
    "History": r"histor(?:y|ies)(?<!alternate history)(?<!alternative history)|historiograph\w+|chronicles?|"
    r"archaeology",
    "Politics": r"politic(?:s|al)|current (?:affairs|events)|government|activism|feminis[mt]|law|journalism|"
    r"international relations|globali[sz]ation|terrorism|social (?:criticism|commentary)",
    "Philosophy": r"philosoph(?:y|ical)|ethics|metaphysics|logic",
    "Religion": r"religio(?:n|us)|christian\w*|theolog\w+|spiritual\w*|islam\w*|sufism|hadith|buddhis[mt]|jewish|"
    r"judaism|"
    r"hindu\w*|bibl(?:e|ical)|devotional|mysticism|new age|esoteric|catholic\w*|mormon\w*",
    "Science": r"(?<!political )(?<!social )sciences?(?![- ]fiction| fantasy)|physics|mathematic\w*|biology|zoology|"
    r"ornithology|botany|nature|natural history|evolution|astronomy|medic(?:al|ine)|computer\w*|computing|technology|"
    r"engineering|ecology|environment\w*|chemistry|geology|birds",
    "Society": r"sociolog\w+|anthropolog\w+|psycholog(?:y|ical)|economics?|social (?:sciences?|studies)|"
    r"cultural studies|"
    r"education\w*|linguistics?|media stud(?:y|ies)|gender|business|finance|management|self[- ](?:help|improvement)",
    "Arts": r"arts?|music\w*|photograph\w+|architecture|film|cinema|fashion|design|(?:literary )?criticism|"
    r"literary (?:theory|studies)|painting",
    "Travel": r"travel\w*|guide ?books?|exploration|geograph\w+",
    "Leisure": r"cook\w*|cuisine|food|gastronom\w+|sport\w*|baseball|football|cricket|poker|chess|gardening",
    "Essays": r"essays?|lectures|speeches|aphorisms|opinion|treatise|pamphlet|manifesto",
    "Reference": r"referen\w+|encyclop\w+|dictionar(?:y|ies)|textbooks?|almanac|atlas|bibliograph\w+|manuals?|"
    r"handbooks?|"
    r"guides?|academic|scholarly|how-to",
    "Role-playing": r"role-?\s?playing|dungeons (?:&|and) dragons|gamebooks?|rpg",
}
# Used only if no other genre matches.
PLAIN = {"Non-fiction": r"non[- ]?fiction|factual", "Fiction": r"fiction\w*|novels?|literature|prose|roman"}


def _compiled(rules: dict[str, str]) -> dict[str, re.Pattern[str]]:
    return {genre: re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.I) for genre, pattern in rules.items()}


_RULES, _PLAIN = _compiled(RULES), _compiled(PLAIN)


@lru_cache(maxsize=100_000)
def _matching_genres(text: str) -> tuple[str, ...]:
    matching = tuple(genre for genre, pattern in _RULES.items() if pattern.search(text))
    return matching or tuple(genre for genre, pattern in _PLAIN.items() if pattern.search(text))[:1]


def genres(*texts: str) -> list[str]:
    """The genres of the first text that matches any of RULES, in their order; else `Non-fiction` or `Fiction`.

    Empty if no text matches. Never raises.
    """
    plain: tuple[str, ...] = ()
    for text in texts:
        found = _matching_genres(text)
        if found and found[0] not in PLAIN:
            return list(found)
        plain = plain or found
    return list(plain)
