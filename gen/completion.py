"""Shell completions for a program: from its option table, and the calls and filter classes of the tables.

python3 -m gen.completion SHELL PROGRAM --options option_table.h --tables tables.c --names names.h --output FILE
"""
from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass
from typing import Dict, List, Match, Optional

ROW = re.compile(r'^(LETTER|LONG)\((\S+), "([^"]*)", "([^"]*)", "([^"]*)", (\w+)(?:\(([\w ]*)\))?\)$', re.M)
ANY_ROW = re.compile(r"^(?:LETTER|LONG)\(", re.M)
CALL = re.compile(r"^\t/\* \d+: (\w+) \*/$", re.M)
PLACE = re.compile(r"@([A-Z]+)@")
CLASS = re.compile(r"^\tFILTER_(\w+),$", re.M)

NOTE = "Made by gen/completion.py from the option table of the program; do not edit."


@dataclass
class Option:
    letter: str         # "": none
    name: str
    argument: str       # "": takes none
    text: str
    completion: str     # NONE FILES PIDS USERS VARIABLES SIGNALS CALLS ONE_OF; NAMES: what the operands are
    choices: str        # of ONE_OF

    @property
    def dashed(self) -> List[str]:
        return (["-" + self.letter] if self.letter else []) + ["--" + self.name]


@dataclass
class Input:
    program: str
    options: List[Option]
    calls: List[str]
    classes: List[str]

    def asks_for(self, completion: str) -> bool:
        return any(o.completion == completion for o in self.options)

    @property
    def runs_a_command(self) -> bool:
        """Its operands are a command, or with --list the names of calls.  Otherwise it takes none."""
        return self.asks_for("NAMES")


def read_options(text: str) -> List[Option]:
    rows = ROW.findall(text)
    if len(rows) != len(ANY_ROW.findall(text)):
        raise ValueError("a row of the option table cannot be read")
    synonyms: Dict[str, str] = {name: help_text for _, _, name, _, help_text, _, _ in rows if help_text}
    return [Option(key.strip("'") if what == "LETTER" else "", name, argument, help_text or synonyms[name], completion,
                   choices)
            for what, key, name, argument, help_text, completion, choices in rows]


# ---- bash ----

BASH = r"""# bash completion for @PROGRAM@    -*- shell-script -*-
# @NOTE@

@LISTS@@EXPRESSIONS@_@PROGRAM@_argument()
{
	case $1 in
@ARGUMENTS@
	esac
}

_@PROGRAM@()
{
	local cur=${COMP_WORDS[COMP_CWORD]} option='' before='' list='' word i

	# What is the word at hand: the argument of an option, an option, or an operand?
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [[ $word == = ]]; then
			continue
		elif [[ $option ]]; then
			before=$word
			[[ ${COMP_WORDS[i + 1]} == = ]] || option=''
		elif [[ $word == -- ]]; then
			((i++))
			break
		elif [[ $word =~ ^-[@FLAGS@]*([@LETTERS@])$ ]]; then
			option=-${BASH_REMATCH[1]} before=''
		elif [[ $word == @LONGS@ ]]; then
			option=$word before=''
@WORDS@		fi
	done
	[[ $cur == = ]] && cur=''
	COMPREPLY=()
	if [[ $option ]]; then
		_@PROGRAM@_argument "$option"
	elif [[ $cur == -* ]] && ((i == COMP_CWORD)); then
		mapfile -t COMPREPLY < <(compgen -W '@OPTIONS@' -- "$cur")
@OPERANDS@	fi
}
complete -F _@PROGRAM@ @PROGRAM@
"""

BASH_LISTS = r"""_@PROGRAM@_list()
{
	local before=${2%"${2##*,}"} item=${2##*,}
	if [[ $item == [?!]* ]]; then
		before+=${item:0:1}
		item=${item:1}
	fi
	mapfile -t COMPREPLY < <(compgen -P "$before" -W "$1" -- "$item")
	compopt -o nospace
}

# With the SIG only where it was begun with.
_@PROGRAM@_signals()
{
	local all item=${1##*,}
	all=$(compgen -A signal SIG)
	[[ ${item#!} == SIG* ]] || all=${all//SIG/}
	_@PROGRAM@_list "$all" "$1"
}

"""

BASH_EXPRESSIONS = r"""_@PROGRAM@_calls='@CALLS@'

_@PROGRAM@_expr()
{
	case $1 in
	signal)	_@PROGRAM@_signals "$2" ;;
	status)	_@PROGRAM@_list 'successful failed unfinished detached' "$2" ;;
	fd)	;;
	*)	_@PROGRAM@_list "$_@PROGRAM@_calls @CLASSES@" "$2"
		[[ $1 || $2 == *,* ]] || mapfile -t -O ${#COMPREPLY[@]} COMPREPLY \
			< <(compgen -S = -W 'trace signal status fd' -- "$2") ;;
	esac
}

"""

BASH_WORDS = r"""		elif [[ $word == --list ]]; then
			list=1
		elif [[ $word != -* && ! $list ]]; then
			break
"""

BASH_OPERANDS = r"""	elif ((i < COMP_CWORD)); then
		if declare -F _command_offset >/dev/null; then
			_command_offset $i
		else
			compopt -o filenames
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		fi
	elif [[ $list ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$_@PROGRAM@_calls" -- "$cur")
	else
		mapfile -t COMPREPLY < <(compgen -c -- "$cur")
"""

BASH_ARGUMENTS = {
    "FILES": 'compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")',
    "PIDS": "mapfile -t COMPREPLY < <(compgen -W \"$(cd /proc && echo [0-9]*)\" -- \"$cur\")",
    "USERS": 'mapfile -t COMPREPLY < <(compgen -u -- "$cur")',
    "VARIABLES": 'compopt -o nospace; mapfile -t COMPREPLY < <(compgen -e -- "$cur")',
    "SIGNALS": '_@PROGRAM@_signals "$cur"',
    "CALLS": '_@PROGRAM@_expr "$before" "$cur"',
}


def bash_argument(option: Option) -> str:
    if option.completion == "ONE_OF":
        return f"mapfile -t COMPREPLY < <(compgen -W '{option.choices}' -- \"$cur\")"
    return BASH_ARGUMENTS.get(option.completion, "")


def bash(given: Input) -> str:
    taking = [o for o in given.options if o.argument]
    arguments = [f"\t{'|'.join(o.dashed)})\n\t\t{bash_argument(o) or ':'} ;;" for o in taking]
    command = given.runs_a_command
    return fill(BASH, given, {
        "LISTS": BASH_LISTS if given.asks_for("CALLS") or given.asks_for("SIGNALS") else "",
        "EXPRESSIONS": BASH_EXPRESSIONS if given.asks_for("CALLS") else "",
        "ARGUMENTS": "\n".join(arguments),
        "FLAGS": "".join(o.letter for o in given.options if not o.argument),
        "LETTERS": "".join(o.letter for o in taking),
        "LONGS": "@(" + "|".join("--" + o.name for o in taking) + ")",
        "OPTIONS": " ".join(dict.fromkeys(d for o in given.options for d in o.dashed)),
        "WORDS": BASH_WORDS if command else "",
        "OPERANDS": BASH_OPERANDS if command else "",
    })


# ---- zsh ----

ZSH = r"""#compdef @PROGRAM@
# @NOTE@

@SIGNALS@@EXPRESSIONS@_@PROGRAM@() {
@LIST@	local -a specs=(
@SPECS@
@OPERANDS@	)
	_arguments -s -S @STOP@"$specs[@]"
}

_@PROGRAM@ "$@"
"""

ZSH_SIGNALS = r"""_@PROGRAM@_signals() {
	_values -s , signal $signals[2,-3]
}

"""

ZSH_EXPRESSIONS = r"""_@PROGRAM@_calls() {
	local -a calls=(@CALLS@)
	compadd -a calls
}

_@PROGRAM@_expr() {
	local -a calls=(@CALLS@ @CLASSES@)
	if compset -P 'signal='; then
		_@PROGRAM@_signals
	elif compset -P 'status='; then
		_values -s , status successful failed unfinished detached
	else
		compset -P 'trace=' || [[ $PREFIX == *,* ]] || compadd -S = trace signal status fd
		compset -P '*,'
		compset -P '[?!]'
		compadd -q -S , -a calls
	fi
}

"""

ZSH_LIST = r"""	if (( ${words[(I)--list]} )); then
		_@PROGRAM@_calls
		return
	fi
"""

ZSH_OPERANDS = r"""		'(-)1:command: _command_names -e'
		'*::argument: _normal'
"""

ZSH_ARGUMENTS = {"FILES": "_files", "PIDS": "_pids", "USERS": "_users", "VARIABLES": "_parameters -g '*export*' -S =",
                 "SIGNALS": "_@PROGRAM@_signals", "CALLS": "_@PROGRAM@_expr", "NONE": " "}
REPEATED = ("PIDS", "VARIABLES", "CALLS", "FILES")


def zsh_spec(option: Option) -> str:
    text = option.text.replace("'", "'\\''").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")
    names = option.dashed
    more = option.completion in REPEATED or f"-{option.letter * 2}:" in option.text
    long = names[-1] + ("=" if option.argument else "")
    forms = [names[0] + ("+" if option.argument else "")] if option.letter else []
    specs = []
    argument = ""
    if option.argument:
        action = f"({option.choices})" if option.completion == "ONE_OF" else ZSH_ARGUMENTS[option.completion]
        argument = f":{option.argument.lower().replace('[', '').replace(']', '')}:{action}".replace("'", "'\\''")
    for form in [*forms, long]:
        exclude = "*" if more else "(" + " ".join(names) + ")"
        specs.append(f"\t\t'{exclude}{form}[{text}]{argument}'")
    return "\n".join(specs)


def zsh(given: Input) -> str:
    seen: Dict[str, str] = {}
    for option in given.options:
        for line in zsh_spec(option).split("\n"):
            seen.setdefault(re.sub(r"^\s*'(?:\*|\([^)]*\))", "", line), line)
    command = given.runs_a_command
    return fill(ZSH, given, {
        "SIGNALS": ZSH_SIGNALS if given.asks_for("CALLS") or given.asks_for("SIGNALS") else "",
        "EXPRESSIONS": ZSH_EXPRESSIONS if given.asks_for("CALLS") else "",
        "LIST": ZSH_LIST if command else "",
        "SPECS": "\n".join(seen.values()),
        "OPERANDS": ZSH_OPERANDS if command else "",
        "STOP": "-A '-*' " if command else "",
    })


# ---- fish ----

FISH = r"""# fish completion for @PROGRAM@
# @NOTE@

@SIGNALS@@EXPRESSIONS@@COMMAND@complete -c @PROGRAM@ -f
@OPERANDS@@COMPLETES@
"""

FISH_SIGNALS = r"""function __@PROGRAM@_signals
    set -l token (commandline -ct | string replace -r '^(-[a-zA-Z]*@LETTER@|--@LONG@=)' '')
    set -l before (string match -r '^(?:.*,)?' -- $token)
    set -l names (kill -l | string split -n ' ')
    printf '%s\n' $before$names
end

"""

FISH_EXPRESSIONS = r"""set -g __@PROGRAM@_calls @CALLS@
set -g __@PROGRAM@_classes @CLASSES@

function __@PROGRAM@_expr
    set -l token (commandline -ct | string replace -r '^(-[a-zA-Z]*e|--expr=)' '')
    set -l before (string match -r '^(?:[a-z]+=)?(?:.*,)?[!?]?' -- $token)
    switch $token
        case 'signal=*'
            set -l names (kill -l | string split -n ' ')
            printf '%s\n' $before$names
        case 'status=*'
            printf '%s\n' $before{successful,failed,unfinished,detached}
        case '*'
            printf '%s\n' $before$__@PROGRAM@_calls $before$__@PROGRAM@_classes
            string match -q '*[,=]*' -- $token
            or printf '%s\n' {trace,signal,status,fd}=
    end
end

"""

FISH_COMMAND = r"""# Has the command not begun yet?
function __@PROGRAM@_no_command
    set -l tokens (commandline -opc)
    set -e tokens[1]
    set -l skip 0
    for token in $tokens
        if test $skip = 1
            set skip 0
        else if test "$token" = --
            return 1
        else if string match -qr '^(-[@FLAGS@]*[@LETTERS@]|@LONGS@)$' -- $token
            set skip 1
        else if not string match -q -- '-*' $token
            contains -- --list $tokens
            return
        end
    end
    return 0
end

"""

FISH_OPERANDS = r"""complete -c @PROGRAM@ -n 'not __@PROGRAM@_no_command' -xa '(__fish_complete_subcommand @SKIP@)'
complete -c @PROGRAM@ -n '__@PROGRAM@_no_command; and not __fish_contains_opt list' -xa '(__fish_complete_command)'
complete -c @PROGRAM@ -n '__fish_contains_opt list' -xa '$__@PROGRAM@_calls'
"""

FISH_ARGUMENTS = {"FILES": "-r -F", "PIDS": "-xa '(__fish_complete_pids)'", "USERS": "-xa '(__fish_complete_users)'",
                  "VARIABLES": "-xa '(set -nx)='", "SIGNALS": "-xa '(__@PROGRAM@_signals)'",
                  "CALLS": "-xa '(__@PROGRAM@_expr)'", "NONE": "-x"}


def fish_complete(option: Option, condition: str) -> str:
    words = ["complete -c @PROGRAM@" + condition]
    if option.letter:
        words.append(f"-s {option.letter}")
    words.append(f"-l {option.name}")
    if option.argument:
        words.append(f"-xa '{option.choices}'" if option.completion == "ONE_OF" else FISH_ARGUMENTS[option.completion])
    words.append("-d '" + option.text.replace("\\", "\\\\").replace("'", "\\'") + "'")
    return " ".join(words)


def fish(given: Input) -> str:
    taking = [o for o in given.options if o.argument]
    command = given.runs_a_command
    signals = [o for o in given.options if o.completion == "SIGNALS"]
    condition = " -n __@PROGRAM@_no_command" if command else ""
    return fill(FISH, given, {
        "SIGNALS": FISH_SIGNALS if signals else "",
        "LETTER": "".join(o.letter for o in signals),
        "LONG": "".join(o.name for o in signals),
        "EXPRESSIONS": FISH_EXPRESSIONS if given.asks_for("CALLS") else "",
        "COMMAND": FISH_COMMAND if command else "",
        "OPERANDS": FISH_OPERANDS if command else "",
        "FLAGS": "".join(o.letter for o in given.options if not o.argument),
        "LETTERS": "".join(o.letter for o in taking),
        "LONGS": "|".join("--" + o.name for o in taking),
        "SKIP": " ".join(d for o in taking for d in o.dashed),
        "COMPLETES": "\n".join(fish_complete(o, condition) for o in given.options),
    })


def fill(template: str, given: Input, values: Dict[str, str]) -> str:
    """Puts the values in; they may have places to fill themselves."""
    values = {
        "PROGRAM": given.program,
        "NOTE": NOTE,
        "CALLS": " ".join(given.calls),
        "CLASSES": " ".join("%" + c for c in given.classes),
        **values,
    }

    def value(place: Match[str]) -> str:
        return PLACE.sub(value, values[place.group(1)])
    return PLACE.sub(value, template)


SHELLS = {"bash": bash, "zsh": zsh, "fish": fish}


def read(path: str) -> str:
    with open(path, encoding="utf-8") as f:
        return f.read()


def main(argv: Optional[List[str]] = None) -> int:
    parser = argparse.ArgumentParser(prog="gen.completion", description="Write a shell completion for a program.")
    parser.add_argument("shell", choices=sorted(SHELLS))
    parser.add_argument("program")
    for option in ("--options", "--tables", "--names", "--output"):
        parser.add_argument(option, required=True, metavar="FILE")
    args = parser.parse_args(argv)
    calls = read(args.tables).partition("struct call table_calls")[2].partition("};")[0]
    given = Input(args.program, read_options(read(args.options)), sorted(CALL.findall(calls)),
                  CLASS.findall(read(args.names)))
    with open(args.output, "w", encoding="utf-8") as f:
        f.write(SHELLS[args.shell](given))
    return 0


if __name__ == "__main__":
    sys.exit(main())
