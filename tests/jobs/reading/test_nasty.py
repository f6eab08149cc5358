"""Nasty files made by hand, each with what is read of it."""

# ruff: noqa: E501 - the tables are read line by line

from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.reading.format import Format
from tests.jobs.reading.shown import shown

OPEN = "a quote is opened and never closed"
STRAY = "a quote stands in the middle of a quoted cell"
NUL = "it contains a NUL byte"
WIDE = "it has 3 cells, the header has 2"
UTF8 = "it contains bytes that are no UTF-8 characters"
ROWS = "1,2\n" * 20
READ = "".join(f" / {line} 1|2" for line in range(2, 22))

# name, bytes of the file, what is read (see `shown`)
LINES = [
    ("LF", b"a,b\n1,2\n3,4\n", "a|b / 2 1|2 / 3 3|4"),
    ("CRLF", b"a,b\r\n1,2\r\n3,4\r\n", "a|b / 2 1|2 / 3 3|4"),
    ("CR, as old Macs wrote", b"a,b\r1,2\r3,4\r", "a|b / 2 1|2 / 3 3|4"),
    ("all three mixed", b"a,b\r1,2\n3,4\r\n5,6", "a|b / 2 1|2 / 3 3|4 / 4 5|6"),
    ("LF CR is a line and a blank one", b"a,b\n\r1,2\n\r3,4", "a|b / 3 1|2 / 5 3|4"),
    ("CR CR LF", b"a,b\r\r\n1,2\r\r\n", "a|b / 3 1|2"),
    ("no line end at the end", b"a,b\n1,2", "a|b / 2 1|2"),
    ("blank lines everywhere", b"\n\na,b\n\n1,2\n\n\n3,4\n\n", "a|b / 5 1|2 / 8 3|4"),
    ("lines of delimiters only", b"a,b\n,\n1,2\n , \n", "a|b / 3 1|2"),
    ("lines of blanks only", b"a,b\n   \n1,2\n\t\n", "a|b / 3 1|2"),
    ("form feeds and other separators are text", b"a,b\n1\x0c,2\x1c\n3\x0b,4\n", "a|b / 2 1\x0c|2\x1c / 3 3\x0b|4"),
    ("U+2028 is text", "a,b\n1\u2028,2\n".encode(), "a|b / 2 1\u2028|2"),
    ("U+0085 is text", "a,b\n1\x85,2\n".encode(), "a|b / 2 1\x85|2"),
    ("Ctrl-Z at the end", b"a,b\n1,2\n\x1a", "a|b / 2 1|2 / 3 \x1a|"),
    ("a header and no row", b"a,b\n", "a|b"),
    ("a header without line end and no row", b"a,b", "a|b"),
    ("one column", b"email\na@x.test\nb@x.test\n", "email / 2 a@x.test / 3 b@x.test"),
    ("one column with commas in its text", b"company\nNorth, Inc.\nSouth LLC\nWest, Ltd\n",
     "company / 2 North, Inc. / 3 South LLC / 4 West, Ltd"),
]  # fmt: skip

RAGGED = [
    ("missing cells", b"a,b,c\n1\n1,2\n1,2,3\n", "a|b|c / 2 1|| / 3 1|2| / 4 1|2|3"),
    ("blank cells too many", b"a,b\n1,2,,\n3,4, \n", "a|b / 2 1|2 / 3 3|4"),
    ("cells too many", b"a,b\n1,2\n1,2,3\n4,5\n", f"a|b / 2 1|2 / 3! {WIDE} / 4 4|5"),
    ("all rows longer than the header", b"a,b\n1,2,3\n4,5,6\n7,8,9\n",
     f"a|b / 2! {WIDE} / 3! {WIDE} / 4! {WIDE}"),
    ("a trailing delimiter everywhere", b"a,b,\n1,2,\n3,4,\n", "a|b| / 2 1|2| / 3 3|4|"),
    ("a trailing delimiter in the rows", b"a,b\n1,2,\n3,4,\n", "a|b / 2 1|2 / 3 3|4"),
    ("duplicate names", b"a,a,A\n1,2,3\n", "a|a|A / 2 1|2|3"),
    ("empty names", b",a,\nx,2,y\n", "|a| / 2 x|2|y"),
    ("names with blanks around", b" a ,\tb\nx,y\n", "a|b / 2 x|y"),
    ("a name over two lines", b'"first\nname",b\nx,y\n', "first⏎name|b / 3 x|y"),
    ("blanks before quotes", b'name,place\nAna, "Rome, Italy"\nLi, "Bonn, Germany"\n',
     "name|place / 2 Ana|Rome, Italy / 3 Li|Bonn, Germany"),
    ("a summary line", b"name,place,n\nAna,Rome,1\nLi,Bonn,2\nTotal,,3\n",
     "name|place|n / 2 Ana|Rome|1 / 3 Li|Bonn|2 / 4 Total||3"),
]  # fmt: skip

QUOTES = [
    ("all quoted", b'"a","b"\n"1","2"\n', "a|b / 2 1|2"),
    ("a delimiter in quotes", b'a,b\n"1,1",2\n', "a|b / 2 1,1|2"),
    ("a line break in quotes", b'a,b\n"1\n1",2\n3,4\n', "a|b / 2 1⏎1|2 / 4 3|4"),
    ("CRLF in quotes", b'a,b\r\n"1\r\n1",2\r\n3,4\r\n', "a|b / 2 1⏎1|2 / 4 3|4"),
    ("blank lines in quotes", b'a,b\n"1\n\n\n1",2\n3,4\n', "a|b / 2 1⏎⏎⏎1|2 / 6 3|4"),
    ("doubled quotes", b'a,b\n"say ""hi""",2\n', 'a|b / 2 say "hi"|2'),
    ("a cell of one quote", b'a,b\n"""",2\n', 'a|b / 2 "|2'),
    ("empty quotes", b'a,b\n"",2\n"",""\n', "a|b / 2 |2"),
    ("backslash quotes", b'a,b\n"say \\"hi\\"",2\n"\\"x\\"",3\n', 'a|b / 2 say "hi"|2 / 3 "x"|3'),
    ("backslash quotes with delimiters inside", b'a,b\n"x \\"1,2\\" y",2\n', 'a|b / 2 x "1,2" y|2'),
    ("backslashes that escape nothing", b'a,b\n"say \\"hi\\"","C:\\new"\n', 'a|b / 2 say "hi"|C:\\new'),
    ("a path at the end of a cell", b'a,b\n"C:\\dir\\","x"\n"D:\\","y"\n', "a|b / 2 C:\\dir\\|x / 3 D:\\|y"),
    ("a backslash at the end of a line", b"a,b\n1,C:\\\n2,D:\\\n", "a|b / 2 1|C:\\ / 3 2|D:\\"),
    ("single quotes around cells", b"'a','b'\n'1,1','2'\n'3','4'\n", "a|b / 2 1,1|2 / 3 3|4"),
    ("doubled single quotes", b"'a','b'\n'O''Brien','2'\n", "a|b / 2 O'Brien|2"),
    ("apostrophes are no quotes", b"name,b\nO'Brien,'tis\nD'Arcy,x\n", "name|b / 2 O'Brien|'tis / 3 D'Arcy|x"),
    ("an inch in the middle", b'a,b\n5" pipe,2\n', 'a|b / 2 5" pipe|2'),
    ("inches in a file with line breaks in cells", b'a,b\n5" pipe,"x\ny"\n3,4\n', 'a|b / 2 5" pipe|x⏎y / 4 3|4'),
    ("quotes inside a quoted cell", b'a,b\n"Ana "the boss" Li",2\n3,4\n', 'a|b / 2 Ana "the boss" Li|2 / 3 3|4'),
    ("text behind a quote", b'a,b\n"abc"def,2\n3,4\n', "a|b / 2 abcdef|2 / 3 3|4"),
    ("a quote that joins two cells", b'a,b\n"1,"2"\n3,4\n', f"a|b / 2! {STRAY} / 3 3|4"),
    ("an open quote", b'a,b\n1,2\n"3,4\n5,6\n7,8\n', f"a|b / 2 1|2 / 3! {OPEN} / 4 5|6 / 5 7|8"),
    ("an open quote in the last cell", b'a,b\n1,"2\n3,4\n5,6\n', f"a|b / 2! {OPEN} / 3 3|4 / 4 5|6"),
    ("an open quote that a later quote closes", b'a,b\n"1,2\n3,4\n"5",6\n', f"a|b / 2! {OPEN} / 3 3|4 / 4 5|6"),
    ("an open quote among quoted cells", b'"a","b"\n"1","2\n"3","4"\n"5","6"\n',
     f"a|b / 2! {OPEN} / 3 3|4 / 4 5|6"),
    ("two open quotes that close each other", b'a,b,c\n1,"2,3\n4,5,6\n7,8,9"\n0,0,0\n',
     f"a|b|c / 2! {OPEN} / 3 4|5|6 / 4 7|8|9\" / 5 0|0|0"),
    ("an open quote in the last line", b'a,b\n1,2\n"3,4', f"a|b / 2 1|2 / 3! {OPEN}"),
    ("each line opens a quote", b'a,b\n"1,2\n"3,4\n"5,6\n', f"a|b / 2! {OPEN} / 3! {OPEN} / 4! {OPEN}"),
    ("an open quote and CRLF", b'a,b\r\n"1,2\r\n3,4\r\n', f"a|b / 2! {OPEN} / 3 3|4"),
    ("a short row with a line break", b'a,b,c\n"1\n1"\n3,4,5\n', "a|b|c / 2 1⏎1|| / 4 3|4|5"),
    ("a long row with a line break", b'a,b\n"1\n1",2,3\n3,4\n', f"a|b / 2! {WIDE} / 4 3|4"),
    ("quotes mean nothing in inches", b"size\tn\n" + b'"5\t1\n' * 12, 'size|n' + "".join(
        f' / {line} "5|1' for line in range(2, 14))),
    ("an open quote in the header", b'"a,b\n1,2\n3,4\n', "No: A quote in the header is never closed. Mend line 1 of the file."),
    ("an open quote before 3,000 rows", b'"a,b\n' + b"1,2\n" * 3000, "No: A quote in the header is never closed. Mend line 1 of the file."),
]  # fmt: skip

CHARACTERS = [
    ("a NUL byte", f"a,b\n{ROWS}1\0,2\n3,4\n".encode(), f"a|b{READ} / 22! {NUL} / 23 3|4"),
    ("a NUL in a quoted line break", f'a,b\n{ROWS}"1\n\0",2\n3,4\n'.encode(), f"a|b{READ} / 22! {NUL} / 24 3|4"),
    ("a NUL in a blank line", f"a,b\n{ROWS}\0\n3,4\n".encode(), f"a|b{READ} / 22! {NUL} / 23 3|4"),
    ("a NUL in the header", f"a\0,b\n{ROWS}".encode(), "No: The header contains NUL bytes. Save the file as CSV (UTF-8) again."),
    ("a BOM", b"\xef\xbb\xbfa,b\n1,2\n", "a|b / 2 1|2"),
    ("a BOM before a quote", b'\xef\xbb\xbf"a","b"\n1,2\n', "a|b / 2 1|2"),
    ("two BOMs", b"\xef\xbb\xbf\xef\xbb\xbfa,b\n1,2\n", "a|b / 2 1|2"),
    ("a BOM below a blank line", b"\n\xef\xbb\xbfa,b\n1,2\n", "a|b / 3 1|2"),
    ("a BOM before each cell", "\ufeffa,\ufeffb\n\ufeff1,\ufeff2\n".encode(), "a|b / 2 1|2"),
    ("a BOM between files put together", b"a,b\n1,2\n\xef\xbb\xbf3,4\n", "a|b / 2 1|2 / 3 3|4"),
    ("a BOM between them, before a quote", b'a,b\n1,2\n\xef\xbb\xbf"3,3",4\n', "a|b / 2 1|2 / 3 3,3|4"),
    ("a line of only a BOM", b"a,b\n1,2\n\xef\xbb\xbf\n", "a|b / 2 1|2"),
    ("a BOM before Windows-1252", b"\xef\xbb\xbfa,b\nZo\xeb,2\nRen\xe9,x\n", "a|b / 2 Zoë|2 / 3 René|x"),
    ("a BOM inside Windows-1252", b"a,b\nZo\xeb,2\n\xef\xbb\xbfRen\xe9,x\n", "a|b / 2 Zoë|2 / 3 René|x"),
    ("a broken line in UTF-8", "a,b\nZoë,é\nÅsa,ü\n".encode() + b"Zo\xeb,1\n", f"a|b / 2 Zoë|é / 3 Åsa|ü / 4! {UTF8}"),
    ("UTF-8 cut in a character", "a,b\nZoë,é\nÅsa,ü".encode()[:-1], f"a|b / 2 Zoë|é / 3! {UTF8}"),
    ("replacement characters are text", "a,b\nZo\ufffd,2\n".encode(), "a|b / 2 Zo\ufffd|2"),
    ("bytes that Windows-1252 has not", b"a,b\n\xe9,2\n\x81,4\n",
     "a|b / 2 é|2 / 3! it contains bytes that are no Windows-1252 characters"),
    ("emoji and other planes", "a,b\n👩‍💻,𝒳\n".encode(), "a|b / 2 👩‍💻|𝒳"),
    ("no-break spaces", "a,b\n\xa0x\xa0,2\n\xa0,\xa0\n".encode(), "a|b / 2 \xa0x\xa0|2"),
]  # fmt: skip

DELIMITERS = [
    ("semicolons", b"a;b\n1;2\n", "a|b / 2 1|2"),
    ("tabs", b"a\tb\n1\t2\n", "a|b / 2 1|2"),
    ("pipes", b"a|b\n1|2\n", "a|b / 2 1|2"),
    ("commas in the text of a semicolon file", b"name;note\nAna;a, b, c\nLi;d, e\n", "name|note / 2 Ana|a, b, c / 3 Li|d, e"),
    ("decimal commas", b"name;price\nA;1,50\nB;2,30\nC;3,10\n", "name|price / 2 A|1,50 / 3 B|2,30 / 4 C|3,10"),
    ("decimal commas in every cell", b"low;high\n1,5;2,5\n3,5;4,5\n" * 1, "low|high / 2 1,5|2,5 / 3 3,5|4,5"),
    ("semicolons in a comma file", b"email,tags\na@x.test,x;y\nb@x.test,x;y;z\n", "email|tags / 2 a@x.test|x;y / 3 b@x.test|x;y;z"),
    ("pipes in a comma file", b"email,tags\na@x.test,x|y\nb@x.test,x\n", "email|tags / 2 a@x.test|x|y / 3 b@x.test|x"),
    ("commas in tabbed text", b"name\tplace\nAna\tRome, Italy\nLi\tBonn, Germany\n",
     "name|place / 2 Ana|Rome, Italy / 3 Li|Bonn, Germany"),
    ("commas inside quotes of a semicolon file", b'a;b\n"1,2,3";"4,5,6"\n"1,2,3";"4,5,6"\n', "a|b / 2 1,2,3|4,5,6 / 3 1,2,3|4,5,6"),
    ("most rows cut short", b"email,name,domain\na@x.test\nb@x.test\nc@x.test\n",
     "email|name|domain / 2 a@x.test|| / 3 b@x.test|| / 4 c@x.test||"),
    ("Excel's sep=;", b"sep=;\na;b\n1,5;2\n", "a|b / 3 1,5|2"),
    ("Excel's SEP=, with CRLF and a BOM", b"\xef\xbb\xbfSEP=,\r\na,b\r\n1,2\r\n", "a|b / 3 1|2"),
    ("Excel's sep= and a tab", b"sep=\t\na\tb\n1\t2\n", "a|b / 3 1|2"),
    ("sep=; above a title", b"sep=;\nLeads\n\na;b\n1;2\n3;4\n", "a|b / 5 1|2 / 6 3|4"),
]  # fmt: skip

LAYOUTS = [
    ("a title", b"Leads of May\nname,city,n\nAna,Rome,1\nLi,Bonn,2\n", "name|city|n / 3 Ana|Rome|1 / 4 Li|Bonn|2"),
    ("a title and a blank line", b"Leads\n\nname,city\nAna,Rome\nLi,Bonn\n", "name|city / 4 Ana|Rome / 5 Li|Bonn"),
    ("a title padded with delimiters", b"Leads,,\nname,city,x\nAna,Rome,u\nLi,Bonn,v\n",
     "name|city|x / 3 Ana|Rome|u / 4 Li|Bonn|v"),
    ("a title over two lines", b'"Leads\nof May"\nname,city\nAna,Rome\nLi,Bonn\n', "name|city / 4 Ana|Rome / 5 Li|Bonn"),
    ("notes with a comma", b"Report, May\nBy Ana, Rome\na,b,c,d\nx,y,z,w\nx,y,z,w\nx,y,z,v\n",
     "a|b|c|d / 4 x|y|z|w / 5 x|y|z|w / 6 x|y|z|v"),
    ("a title above e-mails without a header", b"My leads\na@x.test,Ana\nb@x.test,Li\n",
     "Column 1|Column 2 / 2 a@x.test|Ana / 3 b@x.test|Li"),
    ("e-mails without a header", b"a@x.test\nb@x.test\n", "Column 1 / 1 a@x.test / 2 b@x.test"),
    ("one e-mail", b"a@x.test", "Column 1 / 1 a@x.test"),
    ("URLs without a header", b"https://x.test,Ana\nhttps://y.test,Li\n",
     "Column 1|Column 2 / 1 https://x.test|Ana / 2 https://y.test|Li"),
    ("no header, blank lines above", b"\n\na@x.test,Ana\nb@x.test,Li\n", "Column 1|Column 2 / 3 a@x.test|Ana / 4 b@x.test|Li"),
    ("no header, the first row is short", b"a@x.test\nb@x.test,Li,x\nc@x.test,Li,x\n",
     "Column 1|Column 2|Column 3 / 1 a@x.test|| / 2 b@x.test|Li|x / 3 c@x.test|Li|x"),
    ("numbers without a header", b"Ana,17\nLi,18\nBo,19\n", "Column 1|Column 2 / 1 Ana|17 / 2 Li|18 / 3 Bo|19"),
    ("years are a header", b"name,2023,2024\nAna,17,20\nLi,18,30\n", "name|2023|2024 / 2 Ana|17|20 / 3 Li|18|30"),
    ("text above text is a header", b"name,city\nAna,Rome\n", "name|city / 2 Ana|Rome"),
    ("a header with an e-mail in a name", b"email (as ana@x.test),b\na@x.test,1\n", "email (as ana@x.test)|b / 2 a@x.test|1"),
    ("only blank lines", b"\n \n,,\n", "No: The file has only blank lines. Export it again, with a header line and its rows."),
]  # fmt: skip

CASES = LINES + RAGGED + QUOTES + CHARACTERS + DELIMITERS + LAYOUTS


@pytest.mark.parametrize(("raw", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_nasty_file(file: Callable[[bytes], Path], raw: bytes, expected: str) -> None:
    assert shown(file(raw)) == expected


# name, format that the user chose, bytes, what is read
CHOSEN = [
    ("the wrong delimiter", Format(delimiter=";"), b"a,b\n1,2\n", "a,b / 2 1,2"),
    ("UTF-8 read as Latin-1", Format("latin-1"), "é,b\n1,2\n".encode(), "Ã©|b / 2 1|2"),
    ("Windows-1252 read as UTF-8", Format("utf-8"), b"a,b\nZo\xeb,2\n1,2\n", f"a|b / 2! {UTF8} / 3 1|2"),
    ("its header", Format("utf-8"), b"Zo\xeb,b\n1,2\n", "No: The header has bytes that are no UTF-8 characters. Choose another encoding."),
    ("Windows-1252 read as Shift-JIS", Format("cp932"), b"a,b\n\xfc\xfc,2\n1,2\n",
     "a|b / 2! it contains bytes that are no Shift-JIS characters / 3 1|2"),
    ("no quotes", Format(quote=""), b'a,b\n"1,2\n3,"4"\n', 'a|b / 2 "1|2 / 3 3|"4"'),
    ("no quotes and a backslash", Format(quote="", escape="\\"), b"a,b\n1\\,1,2\nC:\\x,y\n", "a|b / 2 1,1|2 / 3 C:\\x|y"),
    ("no header", Format(header=False), b"a,b\n1,2\n", "Column 1|Column 2 / 1 a|b / 2 1|2"),
    ("one line skipped", Format(skip=1), b"x\na,b\n1,2\n", "a|b / 3 1|2"),
    ("a blank line below the skipped", Format(skip=1), b"x\n\na,b\n1,2\n", "a|b / 4 1|2"),
    ("more lines skipped than there are", Format(skip=9), b"a,b\n1,2\n",
     "No: There is nothing below the lines that are skipped at the top. Skip fewer lines."),
    ("an unknown encoding", Format("klingon"), b"a,b\n1,2\n", "No: “klingon” is no encoding that we know. Choose one of the list."),
    ("a quote as delimiter", Format(delimiter='"'), b"a,b\n", "No: Delimiter, quote and escape have to be different characters."),
    ("two characters as delimiter", Format(delimiter="::"), b"a,b\n",
     "No: Choose the one character that stands between the cells, such as a comma."),
    ("an empty file", Format(), b"", "No: The file has only blank lines. Export it again, with a header line and its rows."),
    ("UTF-16 of an odd number of bytes", Format("utf-16-le"), "a,b\n1,2\n3,4".encode("utf-16-le")[:-1],
     "a|b / 2 1|2 / 3! it contains bytes that are no UTF-16 LE characters"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("format", "raw", "expected"), [case[1:] for case in CHOSEN], ids=[case[0] for case in CHOSEN]
)
def test_a_file_read_as_the_user_says(
    file: Callable[[bytes], Path], format: Format, raw: bytes, expected: str
) -> None:
    assert shown(file(raw), format) == expected
