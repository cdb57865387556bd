"""As much of JSON Schema (draft 2020-12) as the schemas of --json use; any other keyword is an error."""
import functools
import json
import pathlib
import re

ANNOTATIONS = {"$schema", "$defs", "title", "description"}
TYPES = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "null": lambda v: v is None,
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
}


class Invalid(Exception):
    pass


class Schema:
    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.root = json.loads(self.path.read_text(encoding="ascii"))

    @functools.cached_property
    def beside(self):
        """Other schemas of the directory, by the names of their files."""
        return {path.name: Schema(path) for path in self.path.parent.glob("*.schema.json")}

    def validate(self, value):
        """Raises Invalid with the path to what is wrong."""
        error = self.check(self.root, value, "")
        if error:
            raise Invalid(error)

    def check(self, schema, value, path):
        for keyword, rule in schema.items():
            if keyword in ANNOTATIONS:
                continue
            error = getattr(self, "check_" + keyword.lstrip("$"))(rule, value, path, schema)
            if error:
                return error
        return None

    def check_ref(self, ref, value, path, _):
        file, name = re.fullmatch(r"([\w.]*)#/\$defs/(\w+)", ref).groups()
        schema = self.beside[file] if file else self
        return schema.check(schema.root["$defs"][name], value, path)

    def check_type(self, name, value, path, _):
        return None if TYPES[name](value) else f"{path}: {value!r} is no {name}"

    def check_const(self, const, value, path, _):
        return None if type(value) is type(const) and value == const else f"{path}: {value!r} is not {const!r}"

    def check_enum(self, values, value, path, _):
        return None if value in values else f"{path}: {value!r} is not one of {values}"

    def check_pattern(self, pattern, value, path, _):
        if isinstance(value, str) and not re.search(pattern, value):
            return f"{path}: {value!r} does not match {pattern}"
        return None

    def check_minimum(self, minimum, value, path, _):
        return f"{path}: {value} < {minimum}" if TYPES["number"](value) and value < minimum else None

    def check_maximum(self, maximum, value, path, _):
        return f"{path}: {value} > {maximum}" if TYPES["number"](value) and value > maximum else None

    def check_required(self, names, value, path, _):
        missing = [name for name in names if name not in value] if isinstance(value, dict) else []
        return f"{path}: {missing} missing" if missing else None

    def check_properties(self, properties, value, path, _):
        if not isinstance(value, dict):
            return None
        return self.first(self.check(properties[k], v, f"{path}.{k}") for k, v in value.items() if k in properties)

    def check_additionalProperties(self, rule, value, path, schema):
        if not isinstance(value, dict):
            return None
        others = {k: v for k, v in value.items() if k not in schema.get("properties", {})}
        if rule is False:
            return f"{path}: {sorted(others)} not allowed" if others else None
        return self.first(self.check(rule, v, f"{path}.{k}") for k, v in others.items())

    def check_propertyNames(self, rule, value, path, _):
        return self.first(self.check(rule, k, f"{path}, name") for k in value) if isinstance(value, dict) else None

    def check_items(self, rule, value, path, _):
        if not isinstance(value, list):
            return None
        return self.first(self.check(rule, v, f"{path}[{i}]") for i, v in enumerate(value))

    def check_anyOf(self, rules, value, path, _):
        errors = [self.check(rule, value, path) for rule in rules]
        return None if None in errors else f"{path}: none of: " + "; ".join(errors)

    def check_oneOf(self, rules, value, path, _):
        errors = [self.check(rule, value, path) for rule in rules]
        if errors.count(None) > 1:
            return f"{path}: more than one of the alternatives"
        return None if None in errors else f"{path}: none of: " + "; ".join(errors)

    @staticmethod
    def first(errors):
        return next((e for e in errors if e), None)
