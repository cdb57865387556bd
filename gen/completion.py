"""Shell completions for trace: from its option table, and the calls and filter classes of the tables.

python3 -m gen.completion SHELL --options option_table.h --tables tables.c --names names.h --output FILE
"""
from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass
from typing import Dict, List, Optional

ROW = re.compile(r'^(LETTER|LONG)\((\S+), "([^"]*)", "([^"]*)", "([^"]*)", (\w+)(?:\(([\w ]*)\))?\)$', re.M)
ANY_ROW = re.compile(r"^(?:LETTER|LONG)\(", re.M)
CALL = re.compile(r"^\t/\* \d+: (\w+) \*/$", re.M)
CLASS = re.compile(r"^\tFILTER_(\w+),$", re.M)

NOTE = "Made from the option table of trace and from syscalls.def; do not edit."


@dataclass
class Option:
    letter: str         # "": none
    name: str
    argument: str       # "": takes none
    text: str
    completion: str     # NONE FILES PIDS USERS VARIABLES CALLS ONE_OF; NAMES: what the operands are
    choices: str        # of ONE_OF

    @property
    def dashed(self) -> List[str]:
        return (["-" + self.letter] if self.letter else []) + ["--" + self.name]


@dataclass
class Input:
    options: List[Option]
    calls: List[str]
    classes: List[str]


def read_options(text: str) -> List[Option]:
    rows = ROW.findall(text)
    if len(rows) != len(ANY_ROW.findall(text)):
        raise ValueError("a row of the option table cannot be read")
    synonyms: Dict[str, str] = {name: help_text for _, _, name, _, help_text, _, _ in rows if help_text}
    return [Option(key.strip("'") if what == "LETTER" else "", name, argument, help_text or synonyms[name], completion,
                   choices)
            for what, key, name, argument, help_text, completion, choices in rows]


# ---- bash ----

BASH = r"""# bash completion for trace(1)                        -*- shell-script -*-
# @NOTE@

_trace_calls='@CALLS@'

_trace_list()
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
_trace_signals()
{
	local all item=${1##*,}
	all=$(compgen -A signal SIG)
	[[ ${item#!} == SIG* ]] || all=${all//SIG/}
	_trace_list "$all" "$1"
}

_trace_expr()
{
	case $1 in
	signal)	_trace_signals "$2" ;;
	status)	_trace_list 'successful failed unfinished detached' "$2" ;;
	fd)	;;
	*)	_trace_list "$_trace_calls @CLASSES@" "$2"
		[[ $1 || $2 == *,* ]] || mapfile -t -O ${#COMPREPLY[@]} COMPREPLY \
			< <(compgen -S = -W 'trace signal status fd' -- "$2") ;;
	esac
}

_trace_argument()
{
	case $1 in
@ARGUMENTS@
	esac
}

_trace()
{
	local cur=${COMP_WORDS[COMP_CWORD]} option='' before='' list='' word i

	# What is the word at hand: the argument of an option, an option, or part of a command?
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
		elif [[ $word == --list ]]; then
			list=1
		elif [[ $word != -* && ! $list ]]; then
			break
		fi
	done
	[[ $cur == = ]] && cur=''
	COMPREPLY=()
	if ((i < COMP_CWORD)); then
		if declare -F _command_offset >/dev/null; then
			_command_offset $i
		else
			compopt -o filenames
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		fi
	elif [[ $option ]]; then
		_trace_argument "$option"
	elif [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W '@OPTIONS@' -- "$cur")
	elif [[ $list ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$_trace_calls" -- "$cur")
	else
		mapfile -t COMPREPLY < <(compgen -c -- "$cur")
	fi
}
complete -F _trace trace
"""

BASH_ARGUMENTS = {
    "FILES": 'compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")',
    "PIDS": "mapfile -t COMPREPLY < <(compgen -W \"$(cd /proc && echo [0-9]*)\" -- \"$cur\")",
    "USERS": 'mapfile -t COMPREPLY < <(compgen -u -- "$cur")',
    "VARIABLES": 'compopt -o nospace; mapfile -t COMPREPLY < <(compgen -e -- "$cur")',
    "CALLS": '_trace_expr "$before" "$cur"',
}


def bash_argument(option: Option) -> str:
    if option.completion == "ONE_OF":
        return f"mapfile -t COMPREPLY < <(compgen -W '{option.choices}' -- \"$cur\")"
    return BASH_ARGUMENTS.get(option.completion, "")


def bash(given: Input) -> str:
    taking = [o for o in given.options if o.argument]
    arguments = [f"\t{'|'.join(o.dashed)})\n\t\t{bash_argument(o) or ':'} ;;" for o in taking]
    return fill(BASH, {
        "CALLS": " ".join(given.calls),
        "CLASSES": " ".join("%" + c for c in given.classes),
        "ARGUMENTS": "\n".join(arguments),
        "FLAGS": "".join(o.letter for o in given.options if not o.argument),
        "LETTERS": "".join(o.letter for o in taking),
        "LONGS": "@(" + "|".join("--" + o.name for o in taking) + ")",
        "OPTIONS": " ".join(dict.fromkeys(d for o in given.options for d in o.dashed)),
    })


# ---- zsh ----

ZSH = r"""#compdef trace
# @NOTE@

_trace_calls() {
	local -a calls=(@CALLS@)
	compadd -a calls
}

_trace_expr() {
	local -a calls=(@CALLS@ @CLASSES@)
	if compset -P 'signal='; then
		_values -s , signal $signals[2,-3]
	elif compset -P 'status='; then
		_values -s , status successful failed unfinished detached
	else
		compset -P 'trace=' || [[ $PREFIX == *,* ]] || compadd -S = trace signal status fd
		compset -P '*,'
		compset -P '[?!]'
		compadd -q -S , -a calls
	fi
}

_trace() {
	if (( ${words[(I)--list]} )); then
		_trace_calls
		return
	fi
	_arguments -s -S -A '-*' \
@SPECS@
		'(-)1:command: _command_names -e' \
		'*::argument: _normal'
}

_trace "$@"
"""

ZSH_ARGUMENTS = {"FILES": "_files", "PIDS": "_pids", "USERS": "_users", "VARIABLES": "_parameters -g '*export*' -S =",
                 "CALLS": "_trace_expr", "NONE": " "}
REPEATED = ("PIDS", "VARIABLES", "CALLS", "FILES")


def zsh_spec(option: Option) -> str:
    text = option.text.replace("'", "'\\''").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")
    names = option.dashed
    more = option.completion in REPEATED or option.letter in ("v", "n", "t")
    long = names[-1] + ("=" if option.argument else "")
    forms = [names[0] + ("+" if option.argument else "")] if option.letter else []
    specs = []
    argument = ""
    if option.argument:
        action = f"({option.choices})" if option.completion == "ONE_OF" else ZSH_ARGUMENTS[option.completion]
        argument = f":{option.argument.lower().replace('[', '').replace(']', '')}:{action}".replace("'", "'\\''")
    for form in [*forms, long]:
        exclude = "*" if more else "(" + " ".join(names) + ")"
        specs.append(f"\t\t'{exclude}{form}[{text}]{argument}' \\")
    return "\n".join(specs)


def zsh(given: Input) -> str:
    seen: Dict[str, str] = {}
    for option in given.options:
        for line in zsh_spec(option).split("\n"):
            seen.setdefault(re.sub(r"^\s*'(?:\*|\([^)]*\))", "", line), line)
    return fill(ZSH, {
        "CALLS": " ".join(given.calls),
        "CLASSES": " ".join("%" + c for c in given.classes),
        "SPECS": "\n".join(seen.values()),
    })


# ---- fish ----

FISH = r"""# fish completion for trace(1)
# @NOTE@

set -g __trace_calls @CALLS@
set -g __trace_classes @CLASSES@

function __trace_expr
    set -l token (commandline -ct | string replace -r '^(-[a-zA-Z]*e|--expr=)' '')
    set -l before (string match -r '^(?:[a-z]+=)?(?:.*,)?[!?]?' -- $token)
    switch $token
        case 'signal=*'
            set -l names (kill -l | string split -n ' ')
            printf '%s\n' $before$names
        case 'status=*'
            printf '%s\n' $before{successful,failed,unfinished,detached}
        case '*'
            printf '%s\n' $before$__trace_calls $before$__trace_classes
            string match -q '*[,=]*' -- $token
            or printf '%s\n' {trace,signal,status,fd}=
    end
end

# Has the command not begun yet?
function __trace_no_command
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

complete -c trace -f
complete -c trace -n 'not __trace_no_command' -xa '(__fish_complete_subcommand @SKIP@)'
complete -c trace -n '__trace_no_command; and not __fish_contains_opt list' -xa '(__fish_complete_command)'
complete -c trace -n '__fish_contains_opt list' -xa '$__trace_calls'
@COMPLETES@
"""

FISH_ARGUMENTS = {"FILES": "-r -F", "PIDS": "-xa '(__fish_complete_pids)'", "USERS": "-xa '(__fish_complete_users)'",
                  "VARIABLES": "-xa '(set -nx)='", "CALLS": "-xa '(__trace_expr)'", "NONE": "-x"}


def fish_complete(option: Option) -> str:
    words = ["complete -c trace -n __trace_no_command"]
    if option.letter:
        words.append(f"-s {option.letter}")
    words.append(f"-l {option.name}")
    if option.argument:
        words.append(f"-xa '{option.choices}'" if option.completion == "ONE_OF" else FISH_ARGUMENTS[option.completion])
    words.append("-d '" + option.text.replace("\\", "\\\\").replace("'", "\\'") + "'")
    return " ".join(words)


def fish(given: Input) -> str:
    taking = [o for o in given.options if o.argument]
    return fill(FISH, {
        "CALLS": " ".join(given.calls),
        "CLASSES": " ".join("%" + c for c in given.classes),
        "FLAGS": "".join(o.letter for o in given.options if not o.argument),
        "LETTERS": "".join(o.letter for o in taking),
        "LONGS": "|".join("--" + o.name for o in taking),
        "SKIP": " ".join(d for o in taking for d in o.dashed),
        "COMPLETES": "\n".join(fish_complete(o) for o in given.options),
    })


def fill(template: str, values: Dict[str, str]) -> str:
    return re.sub(r"@([A-Z]+)@", lambda m: NOTE if m.group(1) == "NOTE" else values[m.group(1)], template)


SHELLS = {"bash": bash, "zsh": zsh, "fish": fish}


def read(path: str) -> str:
    with open(path, encoding="utf-8") as f:
        return f.read()


def main(argv: Optional[List[str]] = None) -> int:
    parser = argparse.ArgumentParser(prog="gen.completion", description="Write a shell completion for trace.")
    parser.add_argument("shell", choices=sorted(SHELLS))
    for option in ("--options", "--tables", "--names", "--output"):
        parser.add_argument(option, required=True, metavar="FILE")
    args = parser.parse_args(argv)
    calls = read(args.tables).partition("struct call table_calls")[2].partition("};")[0]
    given = Input(read_options(read(args.options)), sorted(CALL.findall(calls)), CLASS.findall(read(args.names)))
    with open(args.output, "w", encoding="utf-8") as f:
        f.write(SHELLS[args.shell](given))
    return 0


if __name__ == "__main__":
    sys.exit(main())
