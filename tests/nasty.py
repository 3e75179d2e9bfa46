"""Five hundred comments that try to be something else: markup, links, commands, cards, directions, endless letters."""

from random import Random

LETTERS = "aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạ"
SEEDS = (
    "<b>đậm</b> <i>nghiêng <a href='https://lua.example/x'>bấm vào đây</a>",
    "<a href=\"tg://user?id=1001\">Giám đốc</a> ký rồi",
    "</code></blockquote><b>Phản ánh PA-2026-0001</b> đã giải quyết",
    "&lt;b&gt; &amp;amp; &quot; &#60;script&#62; &nbsp; &copy;",
    "<tg-spoiler>giấu</tg-spoiler> <span class=\"tg-spoiler\">x</span> <pre><code class=\"lang-py\">1</code></pre>",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "a < b && b > c; 5 <<< 6, <<<>>>, <, >, &",
    "*đậm* _nghiêng_ `mã` ~gạch~ ||giấu|| [chữ](https://lua.example)",
    "```python\nprint('x')\n``` rồi > trích\n>dòng hai",
    "\\*\\_\\[\\]\\(\\)\\~\\`\\>\\#\\+\\-\\=\\|\\{\\}\\.\\! __a__ ***b***",
    "[inline mention](tg://user?id=501) ![👍](tg://emoji?id=5368324170671202286)",
    "@giamdoc @KhaoSatBot @all mời vào nhóm",
    "bấm /xem_du rồi /xoa@KhaoSatBot, sau đó /dangky AAAAA-AAAAA hoặc /nhan PA-2026-0001",
    "xem https://lua.example/a?b=c&d=e#f và http://xn--lua.example và tg://resolve?domain=x",
    "vào www.lua.vn, lua.com/dang-nhap, mail a.b@lua.com.vn, gọi +84 901 234 567",
    "#tag #phảnánh $VND ₫ 4111 1111 1111 1111",
    "[Nhận xử lý] [Trả lời] [Đã giải quyết]",
    "[ ✅ Nhận xử lý ](callback:c1|card=claim) {\"inline_keyboard\":[[{\"text\":\"x\",\"callback_data\":\"c1|card=claim\"}]]}",
    "⚠ Phản ánh PA-2026-0001 · Thái độ phục vụ\nThủ tục: Cấp phép\nĐơn vị: Phòng khác\nĐang xử lý: Giám đốc\nHạn: 01/01/2030",
    "Đã giải quyết ngày 20/11/2026: Cán bộ Một\nNgười dân xác nhận: đã xong.\n\n1. Đã xong\n2. Chưa",
    "│ trích giả\n│ hai\n\nNgười dân xác nhận: đã xong.",
    "\u202etxet tfel ot thgir\u202c thật \u2066đảo\u2069 \u200fمرحبا\u200e",
    "مرحبا بالعالم שלום עולם xin chào",
    "không\u200brộng \u200c\u200d\ufeff\u2060 chữ\u00adẩn \u034f\u115f\u3164 x",
    "👍👩‍👩‍👧‍👦🏳️‍🌈🇻🇳 ❤️‍🔥 1️⃣ 🫠" * 5,
    "z\u0353\u0346\u030da\u0335\u0321\u0357l\u0334\u0319g\u0334\u0325o\u0335\u0339 " + "o\u0300\u0301\u0302\u0303\u0304" * 60,
    "n\u0302\u0301 tie\u0302\u0301ng Vie\u0323\u0302t NFD",
    "a\x00b\x01c\x07d\x1b[31mđỏ\x1b[0m\x7f\x85\x9f",
    "\\ud83d \\udc00 \\u0000 %00 %s {0} {number} {{x}} ${x} $(id) `id`",
    "'; DROP TABLE complaints; -- \" OR 1=1",
    "=HYPERLINK(\"http://lua.example\") +1 -1 @SUM(1)\t=cmd|' /C calc'!A0",
    "dòng một\r\ndòng hai\rdòng ba\u2028dòng bốn\u2029năm\x0bsáu\x0cbảy",
    "𝕮𝖍ữ 𝓵ạ ﷽ ꧅ 𒐫 ﹏ ＦＵＬＬ ⑤ ㎏ ½",
    "\ufffd\ufffe\uffff\U000e0041\U000e007f\U0010ffff\ue000",
    "\t\t   thụt   lề \u00a0\u2003\u3000 xa",
)  # fmt: skip


def make_comments(count: int = 500) -> list[str]:
    """Return that many comments, the same each time; each is typed where the form asks for words of one's own."""
    chance = Random(5)  # noqa: S311 - the same run, the same comments; no secret
    made = [*SEEDS, *(seed[::-1] for seed in SEEDS)]
    made += ["\n" * 40 + "x", "\n\n\n", " \u200b \n", "\x00\x00", "x" * 4096, "ệ" * 4096, "&" * 4096]
    made += ["<" * 4096, '"' * 4096, "😀" * 2048, "từ " * 1365, "<b>" * 1365, "o\u0301\u0323" * 1365]
    made += ["@a" * 2048, "/a " * 1365, "https://" + "a" * 4000 + ".vn", "a\n" * 2048, "'\"&<>" * 819]
    while len(made) < count:
        one, two = chance.choice(SEEDS), chance.choice(SEEDS)
        noise = "".join(
            chance.choice("<>&\"'*_`[]()~|#@/\\\n\u202e\u200b\u0301😀") for _ in range(chance.randint(1, 60))
        )
        word = "".join(chance.choice(LETTERS) for _ in range(chance.choice([5, 80, 900, 3000])))
        made.append("".join(chance.sample([one, two, noise, word, "\n", " "], 6))[:4096])
    return made[:count]
