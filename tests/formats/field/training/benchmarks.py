"""Data sets of papers on recommenders, networks and tables, as they are distributed."""

# ruff: noqa: C408

from tests.formats.field.training.making import WORLD, Case, expected, lines, once

CASES: dict[str, Case] = {}


def case(kind, name, content, want, file="a.csv", **options):
    CASES[name] = Case(kind, {file: content}, options, want)


EDGES = [("31", "7", 2), ("31", "12", 1), ("7", "12", 5), ("12", "44", 3), ("44", "5", 1)]
PLAIN = {(*sorted((a, b)), 1.0) for a, b, _ in EDGES}


def edges(template):
    return "".join(template.format(a=a, b=b, w=w) + "\n" for a, b, w in EDGES)


case(
    "ratings",
    "MovieTweetings",
    lines("{u}::011450{i}::{r}::{t}"),
    dict(rows=expected("{u}", "011450{i}")),
    "ratings.dat",
)
case("ratings", "u1.base of MovieLens", lines("{u}\t{i}\t{r}\t87496575{u}"), dict(rows=expected()), "u1.base")
case(
    "ratings",
    "Netflix probe: no ratings",
    "1:\n30878\n2647871\n10:\n1952305\n1531863\n",
    dict(error="Netflix|--|columns|column"),
    "probe.txt",
)
case(
    "ratings",
    "Epinions: other members",
    "MY_ID\tOTHER_ID\tVALUE\tCREATION\n" + lines("{u}\t{i}\t{r}\t2001/01/10"),
    dict(rows=expected(), or_error="--user"),
    "user_rating.txt",
)
case("ratings", "dating agency", lines("{u},13{i},{r}"), dict(rows=expected("{u}", "13{i}")), "ratings.dat")
case(
    "ratings",
    "Yahoo movies: two ratings",
    lines("{u}\t18000{i}\t1{r}\t{r}"),
    dict(rows=expected("{u}", "18000{i}", lambda r: 10 + r.r), note="4", or_error="column 4"),
    "ydata.txt",
)
case(
    "ratings",
    "sushi: a row per user, -1 for none",
    "".join(" ".join(str({(r.u, r.i): r.r for r in WORLD}.get((u, i), -1)) for i in range(8)) + "\n" for u in range(6)),
    dict(error="matrix"),
    "sushi3b.score",
)
case(
    "ratings",
    "Flixster",
    "userid\tmovieid\trating\n" + lines("{u}\t{i}\t{r}.5"),
    dict(rows=expected(values=lambda r: r.r + 0.5)),
    "ratings.txt",
)
case(
    "ratings",
    "Amazon 2018, ratings only, item first",
    "item,user,rating,timestamp\n" + lines("B00{i},A1{u},{r}.0,{t}"),
    dict(rows=expected("A1{u}", "B00{i}")),
)
case(
    "ratings",
    "MovieLens of Kaggle, with genres",
    "userId,movieId,rating,timestamp,title,genres\n" + lines('{u},{i},{r}.0,{t},"Film {i}, The (1995)",Comedy|Drama'),
    dict(rows=expected()),
)
case(
    "ratings",
    "Anime 2020, column rating_score",
    "user_id,anime_id,rating,watching_status,watched_episodes\n"
    + "".join(f"{r.u},{r.i},{r.r if r.n % 4 else 0},2,12\n" for r in WORLD),
    dict(rows=expected(values=lambda r: r.r if r.n % 4 else None), note=r"\b0\b"),
)
case(
    "interactions",
    "KuaiRand",
    "user_id,video_id,date,hourmin,time_ms,is_click,is_like,long_view,play_time_ms\n"
    + lines("{u},{i},20220408,0,{t}123,1,0,1,5000"),
    dict(rows=once()),
)
case(
    "interactions",
    "tags of HetRec",
    "userID\tartistID\ttagID\tday\tmonth\tyear\n" + lines("{u}\t{i}\t13\t1\t4\t2009"),
    dict(rows=once()),
    "user_taggedartists.dat",
)
case(
    "interactions",
    "million songs",
    lines("b80344d063b5ccb{u}\tSOAKIMP12A8C1{i}\t{n}1"),
    dict(rows=expected("b80344d063b5ccb{u}", "SOAKIMP12A8C1{i}", lambda r: r.n * 10 + 1)),
    "train_triplets.txt",
)
case(
    "interactions",
    "Behance: times third",
    lines("{u} {i} {t}"),
    dict(rows=once(), note="time = 3"),
    "Behance_appreciate_1M",
)
case(
    "interactions",
    "Twitch: five columns",
    lines("{u},338190848{i},mithrain,154,156"),
    dict(error="5 columns"),
    "100k_a.csv",
)
case(
    "interactions",
    "Avazu",
    "id,click,hour,C1,banner_pos,site_id,site_domain,app_id,device_id\n"
    + lines("1000{n},0,14102100,1005,0,1fbe01fe,f3845767,a{i},d{u}"),
    dict(rows=once("d{u}", "a{i}"), or_error="--item|--user|weights are 0"),
)
case(
    "interactions",
    "Ta-feng",
    '"TRANSACTION_DT","CUSTOMER_ID","AGE_GROUP","PIN_CODE","PRODUCT_SUBCLASS","PRODUCT_ID","AMOUNT","ASSET","SALES_PRICE"\n'
    + lines('"11/1/2000","0110461{u}","45-49","115","110411","471019947116{i}","2","48","50"'),
    dict(rows=expected("0110461{u}", "471019947116{i}", lambda r: 2)),
)
case(
    "interactions",
    "orders of Instacart hold no products",
    "order_id,user_id,eval_set,order_number,order_dow,order_hour_of_day,days_since_prior_order\n"
    + lines("25393{n},{u},prior,{i},2,08,"),
    dict(error="--item"),
)
case(
    "interactions",
    "clothes in a shop, UCI",
    "year;month;day;order;country;session ID;page 1 (main category);page 2 (clothing model);colour\n"
    + lines("2008;4;1;{n};29;{u};1;A1{i};1"),
    dict(rows=once("{u}", "A1{i}"), or_error="--item"),
)
case("interactions", "MicroLens", "user,item,timestamp\n" + lines("{u},{i},{t}999"), dict(rows=once()))
case(
    "interactions",
    "Steam, own and hours",
    "user_id,game_title,behavior,value\n" + lines("{u},Game {i},play,{n}.5"),
    dict(rows=once("{u}", "Game {i}"), note="behavior"),
)
case(
    "interactions",
    "Book loans, Goodreads maps",
    "book_id_csv,book_id\n0,34684622\n1,34536488\n",
    dict(error="--user|--item"),
)
case(
    "interactions",
    "Globo clicks",
    "user_id,session_id,session_start,session_size,click_article_id,click_timestamp,click_environment\n"
    + lines("{u},15068252{n},1506825423000,2,15754{i},1506826828020,4"),
    dict(rows=once("{u}", "15754{i}"), or_error="--item"),
)
case(
    "interactions",
    "Trivago sessions",
    "user_id,session_id,timestamp,step,action_type,reference,platform,city,impressions,prices\n"
    + lines("U{u},s{n},{t},1,clickout item,10979{i},BR,Rome,1|2|3,10|20|30"),
    dict(rows=once("U{u}", "10979{i}"), or_error="--item"),
)
case(
    "sequences",
    "text of one line",
    "the quick brown fox the lazy dog the end " * 5,
    dict(sequences=[("the quick brown fox the lazy dog the end " * 5).split()]),
    "text8",
)
case(
    "sequences",
    "BMS of SPMF",
    "10307 -1 10311 -1 12487 -1 -2\n12559 -1 10307 -1 -2\n",
    dict(sequences=[["10307", "10311", "12487"], ["12559", "10307"]]),
    "BMS1_spmf.txt",
)
case(
    "sequences",
    "kosarak",
    "1 2 3\n1\n4 5 6 7 \n",
    dict(sequences=[["1", "2", "3"], ["1"], ["4", "5", "6", "7"]]),
    "kosarak.dat",
)
case(
    "sequences",
    "Wikispeedia paths",
    "# a comment\n\n6a3701d319fc3754\t1297740409\t166\t14th_century;15th_century\tNULL\n"
    "3824310e536af032\t1344753412\t88\t14th_century;Europe;Africa\t3\n",
    dict(error="comment|columns|times"),
    "paths_finished.tsv",
)
case(
    "sequences",
    "sentences with commas",
    "The cat, the dog, and a bird.\nA bird, and the cat sat.\nNo dog sat on the cat, then.\n",
    dict(
        sequences=[
            s.split()
            for s in ("The cat, the dog, and a bird.", "A bird, and the cat sat.", "No dog sat on the cat, then.")
        ]
    ),
)
case(
    "graph",
    "signs of Epinions",
    "# Directed signed graph: soc-sign-epinions\n# FromNodeId\tToNodeId\tSign\n0\t1\t-1\n1\t128552\t-1\n2\t3\t1\n",
    dict(error="line 3.*-1.*not above 0"),
    "soc-sign-epinions.txt",
)
case(
    "graph",
    "products of Amazon, SNAP",
    "# Full information about products\nTotal items: 548552\n\n"
    "Id:   0\nASIN: 0771044445\n  discontinued product\n\nId:   1\nASIN: 0827229534\n",
    dict(error="line|blocks"),
    "amazon-meta.txt",
)
case("graph", "BlogCatalog", edges("{a},{b}"), dict(edges=PLAIN), "edges.csv")
case(
    "graph",
    "WN18RR",
    edges("0{a}\t_hypernym\t0{b}"),
    dict(edges={(*sorted((f"0{a}", f"0{b}")), 1.0) for a, b, _ in EDGES}, note="triples"),
    "train.txt",
)
case(
    "graph",
    "ConceptNet",
    edges("/a/[/r/Is/,{a}]\t/r/IsA\t/c/en/{a}\t/c/en/{b}\t{{}}"),
    dict(error="5 fields"),
    "assertions.csv",
)
case(
    "graph",
    "NELL with types",
    edges("concept:{a}\tconcept:rel\tconcept:{b}\t0.9{w}"),
    dict(error="4 fields|weight"),
    "nell.tsv",
)
case(
    "graph",
    "characters of a novel",
    "Source,Target,Type,weight,book\n" + edges("N-{a},N-{b},Undirected,{w},1"),
    dict(edges={(*sorted((f"N-{a}", f"N-{b}")), float(w)) for a, b, w in EDGES}),
)
case(
    "categories",
    "tic-tac-toe: no header, all words",
    "x,x,o,positive\nx,o,o,negative\no,x,x,positive\n" * 4,
    dict(error="header"),
    "tic-tac-toe.data",
)
case(
    "categories",
    "Rossmann",
    "Store,DayOfWeek,Date,Sales,Open,StateHoliday\n"
    + "1,5,2015-07-31,5263,1,0\n2,5,2015-07-31,6064,1,a\n2,4,2015-07-30,8314,1,0\n" * 3,
    dict(target=[5263, 6064, 8314] * 3, columns={"Store": ["1", "2", "2"] * 3, "StateHoliday": ["0", "a", "0"] * 3}),
    target="Sales",
    columns=["Store", "StateHoliday"],
)
case(
    "categories",
    "cars: spaces after commas",
    "make, fuel, price\naudi, gas, 13950\nbmw, diesel, 16430\naudi, diesel, 17450\n" * 1,
    dict(target=[13950, 16430, 17450], columns={"make": ["audi", "bmw", "audi"], "fuel": ["gas", "diesel", "diesel"]}),
)
