"""The generator: turns syscalls.def into constant C tables.

`python3 -m gen` has the sub-commands.  One module per step, in the order in
which a definition passes through them:

    source    files, positions, messages
    scan      text into tokens
    parse     tokens into the tree
    headers   what the installed UAPI headers have, by name
    lacking   names that the headers are taken not to have
    memory    what the compiler said in earlier runs of check
    names     which names exist and what they stand for
    check     names, directions, scopes: everything that needs no values
    layout    values, sizes and offsets, asked of the C compiler
    newer     structs of which the headers have an older version
    values    the values of sets, and what can be wrong with them
    questions what the compiler will have to answer
    tables    the rows of src/decode/tables.h
    emit      the rows as C
    report    what is described and what is not
    explain   how a call is read and shown
    skeleton  starting lines for calls that have none
    text      the tree back into text

and run puts them together.
"""
