"""Reads a call as trace -vv -V writes it, and compares it with one of trace --json.

A value of the text becomes a pair (kind, content); what a name or a number
stands for is only said by the JSON, so compare() goes by that.
"""
import re

LINE = re.compile(r"(\w+)\((.*)$", re.S)
ESCAPES = {"a": 7, "b": 8, "t": 9, "n": 10, "v": 11, "f": 12, "r": 13, '"': 34, "'": 39, "\\": 92}


class Differs(Exception):
    pass


class Reader:
    def __init__(self, text):
        self.text = text
        self.at = 0

    def left(self):
        return self.text[self.at:]

    def take(self, token):
        if not self.text.startswith(token, self.at):
            return False
        self.at += len(token)
        return True

    def need(self, token):
        if not self.take(token):
            raise Differs(f"{token!r} expected at {self.left()[:60]!r}")

    def match(self, pattern):
        found = re.compile(pattern, re.S).match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def character(self):
        """One character of a string or of a character constant, as a byte."""
        found = self.match(r"\\x([0-9a-f]{2})|\\(000|0)|\\(.)|(.)")
        if found.group(1):
            return int(found.group(1), 16)
        if found.group(2):
            return 0
        return ESCAPES[found.group(3)] if found.group(3) else ord(found.group(4))

    def string(self):
        data = bytearray()
        while not self.take('"'):
            data.append(self.character())
        end = "fault" if self.take("..(?)") else "cut" if self.take("..") else "whole"
        return "string", (bytes(data), end)

    def more(self):
        found = self.match(r"\.\.\(\+?(\d+)\)|\.\.\(\?\)|\.\.")
        if not found:
            return None
        return "more", int(found.group(1)) if found.group(1) else "fault" if "?" in found.group() else "limit"

    def members(self, end, separator):
        """(name or None, value) up to the end."""
        found = []
        while not self.take(end):
            if found:
                self.need(separator)
            name = self.match(r"([A-Za-z_]\w*)=")
            found.append((name.group(1) if name else None, self.more() or self.value()))
        return found

    def word(self):
        """A number, names joined by |, an address of the network, W_EXITED(3)."""
        start = self.at
        while not re.match(r"[, )}\]>]|$", self.left()):
            if self.take("("):
                while not self.take(")"):
                    self.match(r"'.'|.")
            else:
                self.at += 1
        if self.at == start:
            raise Differs(f"no value at {self.left()[:60]!r}")
        return "word", self.text[start:self.at]

    def value(self):
        if self.take('"'):
            return self.string()
        if self.take("'"):
            c = self.character()
            self.need("'")
            return "string", (bytes([c]), "whole")
        if self.take("{"):
            return "braces", self.members("}", ", ")
        if self.take("<fault>") or self.take("&.."):
            return "unknown", None
        if self.take("<"):
            return "device", [v for _, v in self.members(">", ",")]
        address = self.match(r"&(0x[0-9a-f]+)")
        if address:
            return "address", address.group(1)
        if self.take("~["):
            return "not", [v for _, v in self.members("]", " ")]
        if self.take("["):
            mark = self.at
            try:
                return "array", [v for _, v in self.members("]", ", ")]
            except Differs:
                self.at = mark
                return "array", [v for _, v in self.members("]", " ")]
        if self.take("NULL"):
            return "address", None
        return self.word()


class Call:
    """args and out: lists of (name, value); out's name is None when the text leaves it out."""

    def __init__(self, line):
        self.name, rest = LINE.match(line).groups()
        reader = Reader(rest)
        self.args = reader.members(")", ", ")
        self.result = self.error = None
        self.out = []
        if reader.take(" = "):
            failed = reader.match(r"-1 \[(\w+)\]$")
            if failed:
                self.error = failed.group(1)
                return
            self.result = reader.value()
        while reader.take(" "):
            self.out += reader.members(")", ", ") if reader.take("(") else [(None, reader.value())]
        if reader.left():
            raise Differs(f"not understood: {reader.left()!r}")


def number(word):
    if re.fullmatch(r"-?(0|[1-9]\d*)", word):
        return int(word)
    if re.fullmatch(r"0x[0-9a-f]+", word):
        return int(word, 16)
    return int(word, 8) if re.fullmatch(r"0[0-7]+", word) else None


def need(condition, text, json):
    if not condition:
        raise Differs(f"text {text!r}, JSON {json!r}")


def compare_string(text, json):
    data, end = text
    if isinstance(json, str):
        json = {"string": json}
    raw = bytes.fromhex(json["bytes"]) if "bytes" in json else json["string"].encode()
    ends = {"whole": (), "cut": ("truncated",), "fault": ("truncated", "fault")}
    marks = tuple(k for k in json if k not in ("string", "bytes"))
    cut_character = "string" in json and end != "whole" and data.startswith(raw) and len(data) - len(raw) < 4
    need((raw == data or cut_character) and marks == ends[end], text, json)


def compare_word(word, json):
    if isinstance(json, int):
        need(number(word) == json, word, json)
    elif isinstance(json, str):
        need(word == json, word, json)
    elif "names" in json:
        parts = word.split("|")
        rest = number(parts[-1])
        names = parts if rest is None else parts[:-1]
        need(names == json["names"] and (rest or 0) == json["rest"], word, json)
    elif "parts" in json:
        parts = word.split("|")
        need(len(parts) == len(json["parts"]), word, json)
        for part, one in zip(parts, json["parts"]):
            compare(("word", part), one)
    elif "args" in json:
        name, inner = re.fullmatch(r"(\w+)\((.*)\)", word).groups()
        need(name == json["name"] and len(json["args"]) == 1, word, json)
        compare(("word", inner), json["args"][0])
    else:
        need(set(json) == {"name", "value"} and json["name"] == word, word, json)


def compare_all(texts, jsons):
    need(isinstance(jsons, list) and len(texts) == len(jsons), texts, jsons)
    for text, json in zip(texts, jsons):
        compare(text, json)


def compare_members(members, json):
    need(isinstance(json, dict), members, json)
    need([name or "more" for name, _ in members] == list(json), members, json)
    for name, text in members:
        if text[0] == "more":
            need(text[1] == json["more"], text, json)
        else:
            compare(text, json[name])


def compare(text, json):
    """Raises Differs unless a value of the text and one of the JSON are the same."""
    kind, content = text
    if kind == "string":
        compare_string(content, json)
    elif kind == "word":
        compare_word(content, json)
    elif kind == "address":
        need(content == (json["fault"] if isinstance(json, dict) else json), text, json)
    elif kind == "more":
        need(json == {"more": content}, text, json)
    elif kind == "unknown":
        need(json == {"unknown": True}, text, json)
    elif kind == "device":
        need(list(json) == ["major", "minor"], text, json)
        compare_all(content, list(json.values()))
    elif kind == "array":
        compare_all(content, json)
    elif kind == "not":
        need(list(json) == ["not"], text, json)
        compare_all(content, json["not"])
    elif len(content) == 1 and content[0][0] is None and content[0][1][0] != "more":
        compare(content[0][1], json)  # what a pointer points to
    else:
        compare_members(content, json)


def compare_call(call, json):
    need(call.name == json["name"], call.name, json["name"])
    if call.name.startswith("syscall_"):
        compare_all([v for _, v in call.args], list(json["args"].values()))
    else:
        compare_members(call.args, json["args"])
    if call.error:
        need(json["result"] == -1, call.error, json)
        error = json["errno"]
        need(call.error == (error["name"] if isinstance(error, dict) else str(error)), call.error, error)
    elif call.result:
        compare(call.result, json["result"])
    else:
        need("result" not in json, call.name, json)
    out = json.get("out", {})
    if len(call.out) == 1 and call.out[0][0] is None:
        need(len(out) == 1, call.out, out)
        compare(call.out[0][1], *out.values())
    else:
        compare_members(call.out, out)
