"""The definitions as text, for trace --list."""
import re
import subprocess
import sys
import tempfile
import unittest

import support

TEXT = '''
kind { thing: int %desc limit 1, 2 }
/* not part of what follows */
flags open_what : int O_* {
	A { B, C }, /* { */ D,
}
struct point = struct cpoint unnamed {
	int	x;	/* one */
	switch (x) { 1: int y; default: { int z; } }
}
int\tmove(struct point *p,
	     int "by \\" n);	/* far */
ptr stay(fd fd, ...) switch (fd) {
	1:	int (int a);
	default: ();
}
'''


def listed(text):
    """{name: (what, text)}, from the C that is written."""
    with tempfile.TemporaryDirectory() as d:
        with open(f"{d}/in.def", "w", encoding="utf-8") as f:
            f.write(text)
        r = subprocess.run([sys.executable, "-m", "gen", "list", "--output", f"{d}/out.c", f"{d}/in.def"],
                           cwd=support.ROOT, capture_output=True, text=True, check=False)
        if r.returncode != 0:
            return r.stderr
        with open(f"{d}/out.c", encoding="utf-8") as f:
            c = f.read()
    found = {}
    for what, name, literal in re.findall(r'\{ DEFINITION_(\w+), "(\w+)",\n(.*?) \},\n', c, re.S):
        pieces = re.findall(r'"((?:[^"\\]|\\.)*)"', literal)
        found[name] = (what, "".join(pieces).encode().decode("unicode_escape"))
    return found


class Listing(unittest.TestCase):
    maxDiff = None

    def test_every_definition_is_there_as_it_was_written(self):
        self.assertEqual(listed(TEXT.replace('int "by \\" n', "int n")), {
            "thing": ("KIND", "kind thing: int %desc limit 1, 2"),
            "open_what": ("SET", "flags open_what : int O_*"),
            "point": ("STRUCT", "struct point = struct cpoint unnamed {\n\tint\tx;\t/* one */\n"
                      "\tswitch (x) { 1: int y; default: { int z; } }\n}"),
            "move": ("CALL", "int move(struct point *p,\n\t     int n);\t/* far */"),
            "stay": ("CALL", "ptr stay(fd fd, ...) switch (fd) {\n\t1:\tint (int a);\n\tdefault: ();\n}"),
        })

    def test_quotes_and_backslashes_survive_c(self):
        self.assertEqual(listed('int f(int a) differs "so";\t/* a\\b "c" */\n')["f"][1],
                         'int f(int a) differs "so";\t/* a\\b "c" */')

    def test_a_mistake_is_reported(self):
        self.assertIn("error:", listed("int f(;\n"))


if __name__ == "__main__":
    unittest.main()
