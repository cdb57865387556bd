"""What the tests of the generator share."""
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, ROOT)

from gen.headers import INCLUDE, declared, default_cc, read_files, start   # noqa: E402
from gen.run import Run              # noqa: E402
from gen import tables as rows       # noqa: E402

BASE = os.path.join(HERE, "base.def")
DEFINITION = os.path.join(ROOT, "syscalls.def")


def run(*paths, cc=None, lacking=None):
    files = read_files(list(paths))
    return Run(files, start(files, cc or default_cc(), lacking))


def includes(path):
    with open(path, encoding="utf-8") as f:
        return sorted({name for name, _ in INCLUDE.findall(f.read())})


class Built:
    """The tables of the base definitions and a text, with look-ups by name."""

    def __init__(self, text, cc=None, arch="x86_64", base=BASE, lacking=None):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "test.def")
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
            self.run = run(base, path, cc=cc, lacking=lacking)
            self.tables = self.run.build(arch)
        self.said = self.run.messages.render()
        if self.tables is None:
            raise AssertionError(self.said)

    def type(self, name):
        return next(t for t in self.tables.types if t.name == name)

    def call(self, name):
        return next(c for c in self.tables.calls if c.call.name == name)

    def sig(self, name):
        return self.tables.sigs[self.call(name).sig]

    def members(self, owner):
        """Of a type or a signature, by name."""
        return {m.name: m for m in self.tables.members[owner.first:owner.first + owner.count]}

    def params(self, name):
        return self.members(self.sig(name))

    def fields(self, struct):
        return self.members(self.type("struct " + struct))

    def values(self, name):
        row = self.type(name)
        return [(x.name, x.mask, x.value) for x in self.tables.xlats[row.first:row.first + row.count]]

    def type_name(self, index):
        return self.tables.types[index].name

    def code(self, index):
        """An expression in words."""
        out, code = [], self.tables.code
        while code[index] != rows.OP["END"]:
            op = rows.OPCODES[code[index]]
            index += 1
            if op == "CONST":
                op = str(self.tables.consts[code[index]])
                index += 1
            elif op in ("MEMBER", "DEREF", "ENTRY", "FIELD"):
                form = {"MEMBER": "{}", "DEREF": "*{}", "ENTRY": "entry(*{})", "FIELD": "{}->{}"}[op]
                names = [self.tables.members[n].name for n in code[index:index + form.count("{}")]]
                op = form.format(*names)
                index += len(names)
            out.append(op)
        return " ".join(out)

    def cases(self, switch):
        """{value: (type of the result, parameters or fields by name)} of a switch, 'default' too."""
        row = self.tables.switches[switch]
        found = {value: sig for value, sig, _ in self.tables.cases[row.first:row.first + row.count]}
        found["default"] = row.other
        return {v: (self.type_name(self.tables.sigs[s].ret), self.members(self.tables.sigs[s]))
                for v, s in found.items()}
