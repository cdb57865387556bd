"""A definition becomes the rows that src/decode/tables.h describes."""
import os
import platform
import re
import subprocess
import tempfile
import unittest

from support import ROOT, Built, declared, default_cc, rows, start

ALL = (1 << 64) - 1
FILE, DESC, PROCESS, SIGNAL = 1, 2, 4, 8
TIMEOUT = 60


class Types(unittest.TestCase):
    def test_kinds_have_the_storage_of_their_c_type(self):
        built = Built("int close(fd fd);")
        have = {n: (built.type(n).width, built.type(n).traits) for n in ("int", "u8", "u64", "path", "sigset", "itime")}
        self.assertEqual(have, {"int": (4, rows.SIGNED), "u8": (1, 0), "u64": (8, 0), "path": (8, rows.POINTER),
                                "sigset": (0, rows.MEMORY), "itime": (16, 0)})
        self.assertEqual(built.type("arg").limit, (16, 64))
        self.assertEqual(built.type("int").limit, (rows.LIMIT_DEFAULT, rows.LIMIT_DEFAULT))

    def test_kinds_come_first_in_the_order_of_the_definition(self):
        built = Built("int close(e a, struct s *b); struct s { int a; } enum e : fd { AT_FDCWD }")
        self.assertEqual([t.name for t in built.tables.types[:3]], ["void", "int", "uint"])
        self.assertEqual([t.name for t in built.tables.types[-2:]], ["e", "struct s"])

    def test_an_enum_has_values_as_its_storage_loads_them(self):
        built = Built("int close(e a, f b); enum e : fd { AT_FDCWD } enum f : u32 { AT_FDCWD }")
        self.assertEqual(built.values("e"), [("AT_FDCWD", ALL, ALL - 99)])
        self.assertEqual(built.values("f"), [("AT_FDCWD", ALL, 0xffffff9c)])
        self.assertEqual(built.type_name(built.type("e").kind), "fd")

    def test_flags_and_their_fields_have_masks(self):
        built = Built("int close(f f); flags f : int O_* { O_ACCMODE { O_RDONLY, O_RDWR }, O_CREAT, O_X = 1 << 31 }")
        self.assertEqual(built.values("f"), [("O_RDONLY", 3, 0), ("O_RDWR", 3, 2), ("O_CREAT", 0o100, 0o100),
                                             ("O_X", 0xffffffff80000000, 0xffffffff80000000)])

    def test_a_value_of_a_field_can_have_bits_beside_it(self):
        built = Built("int close(f f); "
                      "flags f : int { 7 { F_BOTH = 0101, F_ONE = 1, F_NONE = 0 }, F_SEVEN = 7, F_BIT = 0100 }")
        self.assertEqual([(mask, value) for _, mask, value in built.values("f")],
                         [(0o107, 0o101), (7, 1), (7, 0), (7, 7), (0o100, 0o100)])

    def test_what_a_set_leaves_out_has_no_row(self):
        built = Built("int close(e a); enum e : int SEEK_* { SEEK_SET, !SEEK_CUR, SEEK_END, !SEEK_MAX }")
        self.assertEqual([name for name, _, _ in built.values("e")], ["SEEK_SET", "SEEK_END"])

    def test_a_set_can_have_the_values_of_another_in_its_own_storage_and_more(self):
        built = Built("int close(a a, b b, c c); enum b : fd = a { SEEK_END } enum a : u8 SEEK_* { SEEK_SET, SEEK_CUR }"
                      "enum c : u16 = b;")
        self.assertEqual([[name for name, _, _ in built.values(name)] for name in "abc"],
                         [["SEEK_SET", "SEEK_CUR"], *2 * [["SEEK_SET", "SEEK_CUR", "SEEK_END"]]])
        self.assertEqual([built.type(name).width for name in "abc"], [1, 4, 2])

    def test_a_field_of_flags_can_have_the_values_of_an_enum(self):
        built = Built("int close(f f); flags f : int { 0xff { = e }, F_MORE = 0x100 } enum e : u8 { SEEK_SET, SEEK_CUR }")
        self.assertEqual(built.values("f"), [("SEEK_SET", 0xff, 0), ("SEEK_CUR", 0xff, 1), ("F_MORE", 0x100, 0x100)])

    def test_constants_can_be_numbers_of_bits(self):
        built = Built("int close(f f); flags f : u32 bits { F_LOW = 3, F_HIGH = 31, F_NEXT_WORD = 33 }")
        self.assertEqual([value for _, _, value in built.values("f")], [8, 1 << 31, 2])

    def test_numbers_of_a_definition_have_64_bits(self):
        built = Built("int close(f f); flags f : u64 { F_HIGH = 1 << 34, F_TOP = 1 << 63 }")
        self.assertEqual([value for _, _, value in built.values("f")], [1 << 34, 1 << 63])

    def test_differences_from_the_kernel_come_with_their_reason(self):
        built = Built('int close(struct s *a, e b) differs "one reason" %file; struct s differs "another" { int a; }'
                      'enum e : fd differs "a third" { AT_FDCWD }')
        definition = built.run.definition
        self.assertEqual([items[-1].differs for items in (definition.calls, definition.structs, definition.sets)],
                         ["one reason", "another", "a third"])

    def test_a_set_based_on_a_set_prints_the_rest_by_the_kind_below(self):
        built = Built("int close(e a); enum e : f { AT_FDCWD } enum f : fd { SEEK_SET }")
        self.assertEqual(built.type_name(built.type("e").kind), "fd")

    def test_from_takes_the_macros_of_the_headers_and_prefers_what_is_listed(self):
        built = Built("int ioctl(c a); enum c : x32 from _IO, _IOR { TCGETS, MINE = 0x1268 }")
        values = {n: v for n, _, v in built.values("c")}
        self.assertEqual(values["BLKROSET"], 0x125d)
        self.assertEqual(values["MINE"], 0x1268)
        self.assertNotIn("BLKSSZGET", values)       # 0x1268 as well
        self.assertEqual(len(set(values.values())), len(values))
        taken = [n for n in values if n not in ("TCGETS", "MINE")]
        self.assertEqual(taken, sorted(taken))      # of two names for a value the first by name was taken

    def test_the_struct_of_a_command_can_have_grown_since_its_number_was_written_down(self):
        built = Built("int ioctl(c a); enum c : x32 from _IO, _IOR { BLKGETSIZE64 = 0x80041272 }")
        self.assertEqual(built.values("c")[0], ("BLKGETSIZE64", ALL, 0x80081272))
        with self.assertRaisesRegex(AssertionError, "BLKGETSIZE64 is 0x80081272 in the headers, not 0x80041273"):
            Built("int ioctl(c a); enum c : x32 from _IO, _IOR { BLKGETSIZE64 = 0x80041273 }")

    def test_bits_have_offsets_in_bits(self):
        built = Built("int close(struct b b); struct b : u32 unnamed { int low : 12; int high : 20; }")
        row = built.type("struct b")
        self.assertEqual((row.cls, row.width, row.traits, built.type_name(row.kind)),
                         (rows.BITS, 4, rows.UNNAMED, "u32"))
        have = [(m.name, m.off, m.width) for m in built.fields("b").values()]
        self.assertEqual(have, [("low", 0, 12), ("high", 12, 20)])


class Structs(unittest.TestCase):
    def test_a_struct_of_the_headers_has_their_layout(self):
        built = Built("int sysinfo(out struct sysinfo *info);"
                      "struct sysinfo { long uptime; ulong loads[3]; -v ulong total at totalram; u16 procs;"
                      " u32 mem_unit; }")
        have = [(m.name, m.off, m.width, m.show) for m in built.fields("sysinfo").values()]
        self.assertEqual(have, [("uptime", 0, 8, 0), ("loads", 8, 8, 0), ("total", 32, 8, 1), ("procs", 80, 2, 0),
                                ("mem_unit", 104, 4, 0)])
        self.assertEqual(built.type("struct sysinfo").width, 112)
        self.assertEqual(built.fields("sysinfo")["loads"].how, rows.ARRAY)
        self.assertEqual(built.code(built.fields("sysinfo")["loads"].count), "3")

    def test_a_struct_that_the_headers_lack_is_laid_out_from_the_definition(self):
        built = Built("int read(struct lacking *l);"
                      "struct lacking { u8 a; u16 b; struct in c; string d; u32 (*e)[a]; u8 f[3]; sigset g sized 8;"
                      " switch (a) { 1: u32 h; 2: { u8 i; u64 j; } } u8 rest[]; }"
                      "struct in { u8 k; u32 l; }")
        row = built.type("struct lacking")
        own = {n: (m.off, m.width) for n, m in built.fields("lacking").items() if n}
        self.assertEqual(own, {"a": (0, 1), "b": (2, 2), "c": (4, 8), "d": (16, 8), "e": (24, 8), "f": (32, 1),
                               "g": (40, 8), "rest": (64, 1)})
        self.assertEqual(row.width, 64)
        switch = next(m for m in built.tables.members[row.first:row.first + row.count] if m.how == rows.SWITCH)
        cases = built.cases(switch.type)
        self.assertEqual(cases[1][1]["h"].off, 48)
        self.assertEqual([(m.off, m.width) for m in cases[2][1].values()], [(48, 1), (56, 8)])
        self.assertEqual(cases["default"][1], {})       # nothing is shown

    def test_members_newer_than_the_headers_are_laid_out_behind_those_they_have(self):
        built = Built("int read(struct flock *l);"
                      "struct flock { u16 l_type; u16 l_whence; long l_start; long l_len; pid l_pid; u64 more[2]; }")
        have = {n: (m.off, m.width) for n, m in built.fields("flock").items()}
        self.assertEqual(have, {"l_type": (0, 2), "l_whence": (2, 2), "l_start": (8, 8), "l_len": (16, 8),
                                "l_pid": (24, 4), "more": (32, 8)})
        self.assertEqual(built.type("struct flock").width, 48)

    def test_members_newer_than_the_headers_can_be_in_space_that_was_reserved_or_padding(self):
        built = Built("int read(struct statx_timestamp *s, struct flock *l);"
                      "struct statx_timestamp { i64 tv_sec; u32 tv_nsec; u16 more; i64 more2[2]; }"
                      "struct flock { u16 l_type; u16 l_whence; u32 more; long l_start; long l_len; pid l_pid; }")
        self.assertEqual([m.off for m in built.fields("statx_timestamp").values()], [0, 8, 12, 16])
        self.assertEqual([m.off for m in built.fields("flock").values()], [0, 2, 4, 8, 16, 24])

    def test_members_beside_newer_ones_keep_the_c_types_of_the_headers(self):
        built = Built("int read(struct flock *l);"
                      "struct flock { int kind at l_type; u16 l_whence; int l_start; long l_len; pid l_pid; u64 more; }")
        self.assertEqual([(m.off, m.width) for m in built.fields("flock").values()],
                         [(0, 2), (2, 2), (8, 8), (16, 8), (24, 4), (32, 8)])

    def test_a_member_can_have_become_a_bit_field_and_a_reserved_one_another_field(self):
        with tempfile.NamedTemporaryFile("w", suffix=".h") as header:
            header.write("struct grown { int a; unsigned b : 2, c : 30; int used; };\n")
            header.flush()
            built = Built(f"#include <{header.name}>\nint read(struct grown *g); struct grown {{ int a; u16 b; u16 c;"
                          " int reserved; }")
        self.assertEqual([m.off for m in built.fields("grown").values()], [0, 4, 6, 8])

    def test_directions_of_fields_are_their_own_only(self):
        built = Built("int read(struct s *s); struct s { int a; in int b; out int *c; }")
        self.assertEqual([m.dir for m in built.fields("s").values()], [0, 1, 2])

    def test_stride_and_unnamed_and_limit_are_kept(self):
        built = Built("int read(out struct s e[] sized ret);"
                      "struct s unnamed stride len limit 0, 3 { u16 len; char name[sizeof - 2]; }")
        row = built.type("struct s")
        self.assertEqual((built.code(row.stride), row.traits, row.limit), ("len", rows.UNNAMED, (0, 3)))
        self.assertEqual(built.code(built.fields("s")["name"].count), "SIZEOF 2 -")

    def test_the_key_of_a_switch_can_be_a_field_of_its_cases(self):
        built = Built("int read(struct s *s); struct s { u8 a; switch (b) { 1: { u8 b; u8 c; } default: { u8 b; } } }")
        row = built.type("struct s")
        key = built.tables.switches[built.tables.members[row.first + 1].type].key
        self.assertEqual(built.code(key), "b")


class Calls(unittest.TestCase):
    def test_parameters_have_registers_and_unused_ones_no_row(self):
        built = Built("int futex(ptr uaddr, _, int *val, u8 b);")
        have = [(m.name, m.off, m.width, m.stars, m.dir) for m in built.params("futex").values()]
        self.assertEqual(have, [("uaddr", 0, 8, 0, 1), ("val", 2, 8, 1, 1), ("b", 3, 1, 0, 1)])

    def test_arrays_of_parameters_are_behind_a_pointer(self):
        built = Built("int execve(arg argv[], out int fds[2], struct s *list[n], size n); struct s { int a; }")
        have = [(m.how, m.stars, m.width, built.code(m.count) if m.count else None, m.dir)
                for m in built.params("execve").values()]
        both = rows.ARRAY | rows.INDIRECT
        self.assertEqual(have, [(both, 0, 8, None, 1), (both, 0, 8, "2", 2), (both, 1, 8, "n", 1), (0, 0, 8, None, 1)])

    def test_fields_say_whether_the_array_is_in_place(self):
        built = Built("int read(struct s *s); struct s { int a[2]; int (*b)[2]; int c[]; }")
        self.assertEqual([(m.how, bool(m.count)) for m in built.fields("s").values()],
                         [(rows.ARRAY, True), (rows.ARRAY | rows.INDIRECT, True), (rows.ARRAY, False)])

    def test_expressions_are_postfix_with_constants_asked_of_the_compiler(self):
        built = Built("int open(int a, int *n, int b if a & (O_CREAT | 2) ? !a : *n << 2 == -1, out char buf[ret]);")
        params = built.params("open")
        self.assertEqual(built.code(params["b"].cond), f"a 66 & a u! *n 2 << {ALL} == ?:")
        self.assertEqual(built.code(params["buf"].count), "RET")

    def test_expressions_can_name_fields_behind_pointers_before_their_struct_is_defined(self):
        built = Built("int open(struct s *s sized s->a + s->t, struct u *u);"
                      "struct u { struct s *s; int b if s->a; } struct s { int a; struct s *t; int c if t->a; }")
        self.assertEqual(built.code(built.params("open")["s"].sized), "s->a s->t +")
        self.assertEqual(built.code(built.fields("u")["b"].cond), "s->a")
        self.assertEqual(built.code(built.fields("s")["c"].cond), "t->a")
        sized = built.params("open")["s"].sized
        self.assertEqual(built.tables.members[built.tables.code[sized + 2]], built.fields("s")["a"])

    def test_the_size_of_a_struct_is_a_constant(self):
        built = Built("int open(int a if a == sizeof(struct s), struct s *s, f f);"
                      "struct s { u64 a; } flags f : int { F_SIZE = sizeof(struct flock) } struct flock { u16 l_type; }"
                      "int close(struct flock *l);")
        self.assertEqual(built.code(built.params("open")["a"].cond), "a 8 ==")
        self.assertEqual(built.values("f"), [("F_SIZE", 32, 32)])

    def test_when_says_what_a_call_wrote(self):
        built = Built("int open(out int *a when err == 4 || ret, int err, out int *b when err, out int *c);"
                      "int close(out int *a when err);")
        self.assertEqual([built.code(m.when) if m.when else "" for m in built.params("open").values()],
                         ["err 4 == RET ||", "", "err", ""])
        self.assertEqual(built.code(built.params("close")["a"].when), "ERR")

    def test_the_smaller_of_two_is_a_choice(self):
        built = Built("int open(int n, out char buf[min(ret, n)]);")
        self.assertEqual(built.code(built.params("open")["buf"].count), "RET n < RET n ?:")

    def test_a_call_keeps_what_an_expression_wants_from_its_entry(self):
        built = Built("int open(ptr p, out char buf[min(*n, entry(*n))], inout int *n); int close(int *n);")
        self.assertEqual(built.code(built.params("open")["buf"].count), "*n entry(*n) < *n entry(*n) ?:")
        self.assertEqual([built.call(n).keeps for n in ("open", "close")], [2, rows.NO_PARAM])

    def test_a_field_is_kept_where_the_call_writes_it(self):
        built = Built("int open(ptr p, out struct s *s); int close(struct s *s); int creat(out struct s s[ret]);"
                      "struct s { u64 a; u32 n; char (*b)[entry(n)]; }")
        self.assertEqual(built.code(built.fields("s")["b"].count), "entry(*n)")
        self.assertEqual([(c.keeps, c.keeps_at) for c in map(built.call, ("open", "close", "creat"))],
                         [(1, 8), (rows.NO_PARAM, 0), (rows.NO_PARAM, 0)])

    def test_each_half_of_a_call_reads_what_it_shows(self):
        built = Built("int open(int a, int *b, path c, ptr d, out int *e, int f[2]); int close(inout int *a, string b);"
                      "int read(int a, ptr *b, out char c[a]); int write(int a);")
        self.assertEqual([(c.given, c.filled) for c in map(built.call, ("open", "close", "read", "write"))],
                         [(0b000110, 0b110000), (0b11, 0b01), (0b010, 0b100), (0, 0)])

    def test_a_call_that_only_looks_at_a_file_can_be_read_late(self):
        late = ("int open(path a, out struct s *b);", "int open(int a, path b, path c, int d, out struct s *e, int f);")
        others = ("int open(path a);", "int open(out struct s *a);",            # nothing to be saved
                  "f open(path a, out struct s *b);", "int open(path a, out struct s *b) exec;",
                  "int open(path a, out struct s *b, int c, ...) switch (c) { 1: int (int d); default: int (); }",
                  "int open(string a, out struct s *b);", "int open(path *a, out struct s *b);",
                  "int open(path a, int *b, out struct s *c);", "int open(inout path a, out struct s *b);",
                  "int open(path a, out int *b);", "int open(path a, out struct s b[1]);",
                  "int open(path a, out struct s **b);", "int open(path a, inout struct s *b);",
                  "int open(path a, int b, out struct s *c sized b);", "int open(path a, out struct s *b when ret);",
                  "int open(path a, out struct p *b);", "int open(path a, out struct b *b);")
        types = "enum f : fd { AT_FDCWD } struct s { u64 a; } struct p { u64 *a; } struct b : u32 { u32 x : 1; }"
        types += "int close(f a, struct s *b, struct p *c, struct b *d);"
        self.assertEqual([bool(Built(text + types).call("open").late) for text in late + others],
                         [True] * len(late) + [False] * len(others))

    def test_structs_through_which_a_call_gives_something_back_are_known(self):
        built = Built("int open(struct a *a, struct e *e);"
                      "struct a { struct b *b; } struct b { struct c c; struct a *back; } struct c { out u64 *d; }"
                      "struct e { struct f *f; u64 g; } struct f { u64 h; struct e *back; }")
        self.assertEqual([built.type("struct " + name).traits for name in "abcef"], [rows.OUTS] * 3 + [0] * 2)

    def test_operators_bind_as_in_c(self):
        built = Built("int open(int a, int b, int c if a | b & a == b + a * b, int d if a - b - a && !b || ~a,"
                      " int e if a < b == a << b >= 2 >> a);")
        params = built.params("open")
        self.assertEqual(built.code(params["c"].cond), "a b a b a b * + == & |")
        self.assertEqual(built.code(params["d"].cond), "a b - a - b u! && a u~ ||")
        self.assertEqual(built.code(params["e"].cond), "a b < a b << 2 a >> >= ==")

    def test_equal_expressions_are_kept_once(self):
        built = Built("int open(int n, int a[n], int b[n], int c[4], int d[4]);")
        params = built.params("open")
        self.assertEqual(params["a"].count, params["b"].count)
        self.assertEqual(params["c"].count, params["d"].count)
        self.assertNotEqual(params["a"].count, params["c"].count)
        self.assertEqual(built.tables.code[0], rows.OP["END"])

    def test_cases_are_sorted_and_share_their_signature(self):
        built = Built("fcntl(fd fd, int cmd, ...) switch (cmd) {"
                      " F_SETFL, F_GETFD: int (int arg); F_MINE = -1: fd (); F_GETFL: uint ();"
                      " default: long (ulong arg); }")
        switch = built.tables.switches[built.sig("fcntl").switch - 1]
        cases = built.tables.cases[switch.first:switch.first + switch.count]
        self.assertEqual([c[0] for c in cases], [1, 3, 4, ALL])
        self.assertEqual(cases[0][1], cases[2][1])
        found = built.cases(built.sig("fcntl").switch - 1)
        self.assertEqual({v: c[0] for v, c in found.items()},
                         {1: "int", 3: "uint", 4: "int", ALL: "fd", "default": "long"})
        self.assertEqual(found[1][1]["arg"].off, 2)

    def test_labels_are_values_as_the_key_is_loaded(self):
        text = ("fcntl({} cmd, ...) switch (cmd) {{ F_HIGH = 0x80000000: int (); F_MINUS = -1: int ();"
                " default: int (); }}")
        for kind, want in (("int", [0xffffffff80000000, ALL]), ("uint", [0x80000000, 0xffffffff])):
            built = Built(text.format(kind))
            self.assertEqual([c[0] for c in built.tables.cases], want)

    def test_a_number_can_be_what_a_constant_of_the_same_case_is(self):
        built = Built("ioctl(uint cmd, ...) switch (cmd) { TCGETS, 0x5401, 0x5400: int (); default: int (); }")
        self.assertEqual([(value, name) for value, _, name in built.tables.cases],
                         [(0x5400, "0x5400"), (0x5401, "TCGETS")])

    def test_labels_become_the_names_of_a_bare_key(self):
        built = Built("fcntl(fd fd, uint cmd, ...) switch (cmd) { F_GETFD, F_GETFL: int (); default: int (); }")
        row = built.tables.types[built.params("fcntl")["cmd"].type]
        self.assertEqual((row.name, row.cls, built.type_name(row.kind), row.count), ("", rows.ENUM, "uint", 2))

    def test_labels_are_no_names_of_a_pointer(self):
        built = Built("fcntl(fd fd, uint *cmd, ...) switch (*cmd) { F_GETFD: int (); default: int (); }"
                      "flock(uint *cmd, ...) switch (cmd) { F_GETFD: int (); default: int (); }")
        self.assertEqual([built.type_name(built.params(name)["cmd"].type) for name in ("fcntl", "flock")], 2 * ["uint"])

    def test_a_case_without_a_result_has_the_one_of_the_call(self):
        built = Built("uint fcntl(int cmd, ...) switch (cmd) { F_GETFD: (); default: fd (); }")
        found = built.cases(built.sig("fcntl").switch - 1)
        self.assertEqual((found[1][0], found["default"][0]), ("uint", "fd"))

    def test_switches_nest_and_see_the_parameters_outside(self):
        built = Built("fcntl(int a, ...) switch (a) { F_GETFD: (int b, ...) switch (b) {"
                      " SEEK_SET: int (int c[a]); default: int (int c); } default: int (); }")
        outer = built.cases(built.sig("fcntl").switch - 1)
        inner_sig = next(s for s in built.tables.sigs if s.switch and s.switch != built.sig("fcntl").switch)
        inner = built.cases(inner_sig.switch - 1)
        self.assertEqual(outer[1][1]["b"].off, 1)
        self.assertEqual((inner[0][1]["c"].off, built.code(inner[0][1]["c"].count)), (2, "a"))

    def test_calls_are_in_order_of_number_with_what_is_said_of_them(self):
        built = Built("int kill(pid pid, int sig) sends sig to pid;"
                      "void exit(int code) noreturn; pid getppid() also ppid;"
                      "pid fork() fork; int fstat(fd fd) alias newfstat;"
                      "int sched_setaffinity(pid pid) affinity; int seccomp(int op) seccomp;")
        have = [(c.call.name, c.event, c.nr, c.cls, c.also, c.sends, c.to, c.affinity, c.seccomp)
                for c in built.tables.calls]
        none = rows.NO_PARAM
        self.assertEqual(have, [("fstat", "newfstat", 5, 0, 0, none, none, 0, 0),
                                ("fork", "fork", 57, 4, 0, none, none, 0, 0),
                                ("exit", "exit", 60, 1, 0, none, none, 0, 0), ("kill", "kill", 62, 0, 0, 1, 0, 0, 0),
                                ("getppid", "getppid", 110, 0, 1, none, none, 0, 0),
                                ("sched_setaffinity", "sched_setaffinity", 203, 0, 0, none, none, 1, 0),
                                ("seccomp", "seccomp", 317, 0, 0, none, none, 0, 1)])

    def test_a_number_given_is_used_where_the_headers_have_none(self):
        self.assertEqual(Built("int brand_new() nr 1234;").call("brand_new").nr, 1234)

    def test_classes_come_from_types_and_what_they_are_made_of_but_not_from_fields(self):
        built = Built("enum d : fd { AT_FDCWD } struct s { pid p; } struct t %signal { pid p; }"
                      "struct b : pid { int a : 1; }"
                      "int open(path p, d d); int read(struct s *s) %pure; int write(struct t *t, struct b b);"
                      "int close(int a);")
        self.assertEqual([built.call(n).classes for n in ("open", "read", "write", "close")],
                         [FILE | DESC, 1 << 9, SIGNAL | PROCESS, 0])

    def test_a_call_with_cases_has_the_classes_that_all_of_them_have(self):
        built = Built("fcntl(fd a, int cmd, ...) switch (cmd) {"
                      " 1: pid (path p); 2: pid (int b, ...) switch (b) { default: int (path p); } default: pid (); }")
        self.assertEqual(built.call("fcntl").classes, DESC | PROCESS)


class Architectures(unittest.TestCase):
    TEXT = "int clone(int a, int b) on x86_64; int clone(int a) on i386 arm; int made_up(int a);"

    def test_only_the_rows_of_the_architecture_are_kept(self):
        x86_64 = Built(self.TEXT.replace("made_up(int a)", "dup(int a)"))
        self.assertEqual(x86_64.sig("clone").count, 2)
        foreign = Built(self.TEXT, arch="i386")
        self.assertEqual(foreign.sig("clone").count, 1)
        self.assertEqual(len(foreign.tables.calls), 1)      # made_up is absent there, and no mistake

    @unittest.skipUnless(platform.machine() == "x86_64", "needs the 32-bit mode of this compiler")
    def test_another_compiler_gives_its_own_layout(self):
        cc = default_cc()
        where = subprocess.run(["gcc", "-print-multiarch"], stdout=subprocess.PIPE, check=True, encoding="ascii")
        built = Built("int read(struct s *s, path p); struct s { u8 a; u64 b; string c; }",
                      cc=[*cc, "-m32", "-idirafter", f"/usr/include/{where.stdout.strip()}"], arch="i386")
        self.assertEqual([(m.off, m.width) for m in built.fields("s").values()], [(0, 1), (4, 8), (12, 4)])
        self.assertEqual((built.type("struct s").width, built.params("read")["p"].width, built.call("read").nr),
                         (16, 4, 3))
        self.assertEqual(built.run.headers.arch(), "i386")


class Preprocessor(unittest.TestCase):
    def test_it_ends_before_its_output_is_read(self):
        headers = start([("text", "#include <linux/bpf.h>\n#include <linux/fcntl.h>")], default_cc())
        self.assertEqual(headers.process.wait(TIMEOUT), 0)
        size = os.path.getsize(headers.output)
        headers.finish()
        self.assertGreater(size, 1 << 16)       # more than a pipe holds
        self.assertTrue(headers.has("O_RDONLY"))


class InHeaders(unittest.TestCase):
    def test_the_members_of_a_struct_are_found_among_all_that_can_be_in_one(self):
        body = ("unsigned long a, *b[2]; int bits : 3, more : 4; struct t { int hidden; } c;"
                " union { int d; struct { int e; }; };"
                " void (*f)(int, int); enum { ONE, TWO } g; char last[];")
        self.assertEqual(declared(body), ["a", "b", "c", "d", "e", "f", "g"])


class Contract(unittest.TestCase):
    """The generator writes rows without naming their fields: tables.h must have them in its order."""

    def setUp(self):
        with open(os.path.join(ROOT, "src", "decode", "tables.h"), encoding="utf-8") as f:
            self.text = re.sub(r"/\*.*?\*/", "", f.read(), flags=re.DOTALL)

    def fields(self, struct):
        body = re.search(rf"struct {struct} \{{(.*?)\}};", self.text, re.DOTALL).group(1)
        return [name for names in re.findall(r"\w+_t ([^;]*);", body) for name in re.findall(r"([a-z]\w*)", names)]

    def constants(self, enum):
        body = re.search(rf"enum {enum} \{{(.*?)\}};", self.text, re.DOTALL).group(1)
        return re.findall(r"[A-Z]\w*", body)

    def test_rows_have_their_fields_in_the_order_of_the_header(self):
        have = {name: self.fields(name) for name in ("xlat", "type", "member", "sig", "swtch", "swcase", "call")}
        self.assertEqual(have, {
            "xlat": ["mask", "value", "name"],
            "type": ["name", "cls", "traits", "kind", "width", "first", "count", "stride", "limit"],
            "member": ["name", "type", "off", "width", "count", "sized", "cond", "when", "dir", "show", "how", "stars"],
            "sig": ["ret", "first", "count", "sw"],
            "swtch": ["key", "first", "count", "other"],
            "swcase": ["value", "sig"],
            "call": ["name", "event", "classes", "nr", "sig", "cls", "also", "sends", "to", "affinity",
                     "seccomp", "keeps", "keeps_at", "given", "filled", "late"],
        })

    def test_the_stack_of_expressions_has_the_size_of_the_decoder(self):
        with open(os.path.join(ROOT, "src", "decode", "expr.c"), encoding="utf-8") as f:
            self.assertIn(f"#define STACK {rows.STACK}\n", f.read())
        deep = "b + (" * (rows.STACK - 1) + "b" + ")" * (rows.STACK - 1)
        self.assertTrue(Built(f"int open(int b, int a if {deep});"))

    def test_opcodes_and_classes_have_the_numbers_of_the_header(self):
        spelt = {"u-": "NEG", "u!": "NOT", "u~": "COMPL", "*": "MUL", "/": "DIV", "%": "MOD", "+": "ADD", "-": "SUB",
                 "<<": "SHL", ">>": "SHR", "<": "LT", "<=": "LE", ">": "GT", ">=": "GE", "==": "EQ", "!=": "NE",
                 "&": "AND", "^": "XOR", "|": "OR", "&&": "ANDAND", "||": "OROR", "?:": "COND"}
        self.assertEqual(["OP_" + spelt.get(op, op) for op in rows.OPCODES], self.constants("opcode"))
        self.assertEqual(["CALL_" + (c.upper() or "NORMAL") for c in rows.CALL_CLASSES], self.constants("call_class"))
        self.assertEqual(["ALSO_" + (c.upper() or "NOTHING") for c in rows.ALSO], self.constants("call_also"))
        self.assertEqual(["TYPE_KIND", "TYPE_ENUM", "TYPE_FLAGS", "TYPE_STRUCT", "TYPE_BITS"],
                         self.constants("type_class"))


class Includes(unittest.TestCase):
    def test_a_header_can_be_optional(self):
        built = Built("#include <linux/no_such_header.h> optional\n#include <linux/pidfd.h> optional // is there\n"
                      "int close(e e); enum e : int { PIDFD_NONBLOCK }")
        self.assertEqual(len(built.values("e")), 1)


class Constants(unittest.TestCase):
    def test_a_constant_that_is_none_is_reported_at_its_place(self):
        with self.assertRaisesRegex(AssertionError, r"test\.def:2:\d+: error: the compiler says: .*const"):
            Built("int close(e a);\nenum e { NOT_CONST = 5 / 0 }")


if __name__ == "__main__":
    unittest.main()
