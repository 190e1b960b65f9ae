#!/usr/bin/env python3
"""Turns text files into a C source: struct str embedded_<name>, the name being the file's with every other character as '_'.
Usage: embed-text.py OUT.c OUT.h FILE…"""
import os, re, sys

out_c, out_h, *files = sys.argv[1:]
names = [re.sub(r"[^a-z0-9]", "_", os.path.basename(f).lower()) for f in files]
with open(out_h, "w") as h:
    h.write('#ifndef VAFA_TEXTS_H\n#define VAFA_TEXTS_H\n#include "base/str.h"\n')
    for name in names:
        h.write(f"extern const struct str embedded_{name};\n")
    h.write("#endif\n")
with open(out_c, "w") as c:
    c.write(f'#include "{os.path.basename(out_h)}"\n')
    for name, path in zip(names, files):
        data = open(path, "rb").read()
        c.write(f"static const char {name}_bytes[] = {{")
        c.write(",".join(str(b if b < 128 else b - 256) for b in data) + ",0};\n")
        c.write(f"const struct str embedded_{name} = {{{name}_bytes, {len(data)}}};\n")
