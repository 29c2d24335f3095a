"""Usual names of the columns of events, in several languages, and how a role finds its column."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence

# Role -> usual names, most specific first; compared as `fold` writes them.
NAMES = {
    "user": (
        "user", "userid", "username", "customer", "customerid", "visitor", "visitorid", "reviewer",
        "reviewerid", "member", "memberid", "person", "personid", "householdkey", "householdid", "custid",
        "client", "clientid", "account",
        "accountid", "userpseudoid", "steamid", "authorid", "profilename", "author", "student",
        "studentid", "learnerid", "patientid", "voter", "benutzer", "nutzer", "kunde", "kundennummer",
        "kundennr", "utilisateur", "usuario", "cliente", "idusuario", "idutilisateur", "utente",
        "utilizador", "gebruiker", "klant", "uzytkownik", "klient", "anvandare", "bruger", "kullanici",
        "пользователь", "клиент", "покупатель", "用户", "用户id", "用户编号", "客户", "ユーザー", "ユーザーid",
        "顧客", "顧客id", "사용자", "고객", "msno", "reader", "listener", "uid", "who",
        "cookie", "cookieid", "deviceid",
        "respondent", "respondentid", "participant", "participantid", "rater", "raterid", "borrower", "borrowerid",
        "patron", "patronid", "player", "playerid", "guest", "guestid", "buyer", "buyerid", "shopper", "shopperid",
        "subscriber", "subscriberid", "viewer", "viewerid", "employee", "employeeid", "criticname",
    ),
    "item": (
        "item", "itemid", "product", "productid", "movie", "movieid", "book", "bookid", "film",
        "filmid", "track", "trackid", "song", "songid", "artist", "artistid", "article", "articleid",
        "asin", "parentasin", "sku", "stockcode", "productcode", "itemcode", "isbn", "isbn13",
        "business", "businessid", "gmapid", "restaurant", "restaurantid", "placeid", "venueid", "poi",
        "poiid", "hotel", "hotelid", "game", "gameid", "appid", "app", "recipe", "recipeid", "joke",
        "jokeid", "course", "courseid", "beer", "beerid", "beerbeerid", "wine", "wineid", "anime",
        "animeid", "workid", "newsid", "videoid", "photoid", "listingid", "jobid", "paperid",
        "trackuri", "contentid", "aid", "artikel", "artikelnummer", "artikelnr", "produkt", "buch",
        "produit", "livre", "producto", "articulo", "pelicula", "libro", "prodotto", "articolo",
        "produto", "filme", "livro", "towar", "urun", "товар", "товарid", "продукт", "фильм", "книга",
        "商品", "商品id", "商品编号", "电影", "图书", "物品", "アイテム", "映画", "상품", "영화", "도서",
        "barcode", "ean", "upc", "gtin", "partnumber", "album", "albumid", "video", "podcast", "podcastid", "paper",
        "station", "stationid", "property", "propertyid", "question", "questionid", "drug", "drugid", "manga",
        "mangaid",
        "comic", "comicid", "brand", "brandid", "offer", "offerid", "adid", "page", "pageid", "url", "urlid",
        "title",
        "what", "iid",
        "description", "items", "itemids", "products", "tracks",
    ),
    "rating": (
        "rating", "stars", "star", "score", "overall", "ratingvalue", "grade", "points", "bookrating",
        "userrating", "reviewoverall", "reviewscore", "overallrating", "starrating", "userscore",
        "bewertung", "sterne", "evaluation", "etoiles", "calificacion", "puntuacion", "valoracion",
        "valutazione", "voto", "avaliacao", "beoordeling", "ocena", "betyg", "puan", "оценка",
        "рейтинг", "评分", "打分", "評価", "評分", "평점", "note", "nota", "vote",
    ),
    "weight": (
        "weight", "count", "clicks", "plays", "playcount", "quantity", "qty", "views", "purchases",
        "listens", "visits", "n", "times", "amount", "hours", "strength", "events", "anzahl", "menge",
        "quantite", "cantidad", "quantita", "quantidade", "aantal", "ilosc", "количество", "数量", "次数",
        "回数", "수량",
        "clicked", "click", "isclick", "purchased", "bought", "liked", "islike", "converted", "installed",
    ),
    "time": (
        "timestamp", "time", "date", "datetime", "unixreviewtime", "unixtime", "createdat", "eventtime",
        "eventtimestamp", "ts", "when", "reviewtime", "ratedat", "visittime", "reviewdate",
        "invoicedate", "orderdate", "purchasedate", "datemodified", "dateadded", "tdat", "eventdate",
        "timecreated", "zeit", "datum", "zeitpunkt", "fecha", "data", "dataora", "дата", "время", "时间",
        "日期", "日時", "日付", "날짜", "시간",
    ),
}  # fmt: skip
# groups of items that stand for a user where there is none
GROUPS = (
    "session",
    "sessionid",
    "order",
    "orderid",
    "basket",
    "basketid",
    "transactionid",
    "playlist",
    "playlistid",
    "pid",
)
COUNTS = ("count", "counts", "clicks", "plays", "quantity", "qty", "views", "purchases", "listens", "visits")
OTHER = {"rating", "ratings", "review", "reviews", "total", "stock", "followers", "comments", "helpful", "users"}
IDS = ("id", "code", "uri", "uuid", "key", "mbid", "sku")  # last word of a column of ids
ROWS = {"order", "session", "invoice", "transaction", "event", "row", "review", "rating", "record", "log", "tag"}


def fold(name: str) -> str:
    """A name in lower case without accents, spaces, underscores, hyphens, points and slashes."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not "\u0300" <= sign <= "\u036f")
    return re.sub(r"[\s_\-./:#]+", "", unicodedata.normalize("NFC", plain)).casefold()


def words(name: str) -> list[str]:
    """The words of a name: purchasing_customerId -> purchasing, customer, id."""
    return [word.lower() for word in re.split(r"[\s_\-.]+|(?<=[a-z])(?=[A-Z])", name) if word]


def candidates(role: str, columns: Collection[str]) -> list[str]:
    """Columns with a usual name of a role, the most specific first."""
    folded: dict[str, str] = {}
    for name in columns:
        folded.setdefault(fold(name), name)
    return [folded[known] for known in NAMES[role] if known in folded]


def group(columns: Collection[str]) -> str | None:
    """A column of sessions, orders or playlists."""
    folded = {fold(name): name for name in columns}
    return next((folded[known] for known in GROUPS if known in folded), None)


def by_count(columns: Sequence[str]) -> str | None:
    """The only column whose name ends with a word for a count: n_clicks, purchaseCount; None if there are several."""
    found = [name for name in columns if words(name)[-1:] and words(name)[-1] in COUNTS and not {*words(name)} & OTHER]
    return found[0] if len(found) == 1 else None


def by_word(role: str, columns: Sequence[str]) -> str | None:
    """The only column with a usual name among its words; None if there are several."""
    known = {*NAMES[role]}
    found = [name for name in columns if any(word in known or word.removesuffix("s") in known for word in words(name))]
    return found[0] if len(found) == 1 else None


def by_exclusion(columns: Sequence[str]) -> str | None:
    """The only column that is called an id or a code, but not of a row; None if there are several."""
    found = [name for name in columns if words(name)[-1:] and words(name)[-1] in IDS and not {*words(name)} & ROWS]
    return found[0] if len(found) == 1 else None
