"""The colours of a PDF page as RGB, near enough to tell text from what it stands on: pure functions.

Chapter and table numbers are those of ISO 32000-2. Profiles are not applied: an ICC-based colour is taken for
the device colour with as many components.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from localdigest.pdf.objects import entry, numbers, resolve

Rgb = tuple[float, float, float]
Colour = tuple[Rgb, ...] | None
"""What is painted: one colour, several (a gradient), none at all (empty); None where it cannot be told."""

WHITE: Rgb = (1.0, 1.0, 1.0)
BLACK: Rgb = (0.0, 0.0, 0.0)


class Brush(NamedTuple):
    """What paths are filled or stroked with."""

    space: Any
    colour: Colour
    solid: bool = True
    """Everywhere: not a tiling pattern, which may have gaps."""


INK = Brush("/DeviceGray", (BLACK,))
"""What a page begins with (Table 51)."""


_LUMINANCE = (0.2126, 0.7152, 0.0722)
"""How much of the luminance is in red, green and blue (WCAG 2.2, `relative luminance`)."""
_DEPTH = 6
"""Colour spaces and functions nest no deeper in honest files."""
_BY_NAME = {"/DeviceGray", "/DeviceRGB", "/DeviceCMYK"}
_DEVICE = {1: "/DeviceGray", 3: "/DeviceRGB", 4: "/DeviceCMYK"}


def distance(one: Rgb, other: Rgb) -> float:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


@lru_cache(1024)
def contrast(one: Rgb, other: Rgb) -> float:
    """The contrast ratio of WCAG 2.2 (relative luminance of sRGB), 1 to 21, but that a channel in which one colour has
    more makes up for none in which it has less: red on green of the same luminance can be read.

    Where one has no less of any, as on white and on black, it is just WCAG's.
    """
    pairs = [(share * _linear(a), share * _linear(b)) for share, a, b in zip(_LUMINANCE, one, other, strict=True)]
    darker = min(sum(a for a, _ in pairs), sum(b for _, b in pairs))
    return 1 + sum(abs(a - b) for a, b in pairs) / (darker + 0.05)


def _linear(component: float) -> float:
    return component / 12.92 if component <= 0.04045 else ((component + 0.055) / 1.055) ** 2.4


def mix(over: Rgb, under: Rgb, alpha: float) -> Rgb:
    red, green, blue = (alpha * a + (1 - alpha) * b for a, b in zip(over, under, strict=True))
    return red, green, blue


def components(space: Any) -> int:
    """How many numbers make a colour of this space; 0 where that cannot be told."""
    space = resolve(space)
    name = resolve(space[0]) if isinstance(space, list) and space else space
    if name == "/ICCBased":
        return int(entry(space[1], "/N") or 0)
    if name in ("/DeviceGray", "/CalGray", "/G", "/Indexed", "/I", "/Separation"):
        return 1
    if name == "/DeviceN":
        return len(resolve(space[1]))
    return {"/DeviceRGB": 3, "/CalRGB": 3, "/RGB": 3, "/Lab": 3, "/DeviceCMYK": 4, "/CMYK": 4}.get(str(name), 0)


def first(space: Any) -> list[float]:
    """The colour that a space begins with (8.6): full tint for inks, black for the others."""
    space = resolve(space)
    name = resolve(space[0]) if isinstance(space, list) and space else space
    count = components(space)
    if name in ("/Separation", "/DeviceN"):
        return [1.0] * count
    return [0.0, 0.0, 0.0, 1.0] if count == 4 else [0.0] * count


def brush(space: Any, operands: Sequence[Any]) -> Brush:
    """For the operands of a colour operator, whatever they are; a pattern is a dictionary and comes last."""
    space = resolve(space)
    if isinstance(space, str) and space in _BY_NAME:
        return Brush(space, _device(space, tuple(numbers(list(operands)))))
    pattern = operands[-1] if operands and isinstance(operands[-1], dict) else None
    try:
        found = colour(space, operands)
    except MemoryError:
        raise
    except Exception:  # isolation boundary: a damaged colour space is one that cannot be told
        found = None
    return Brush(space, found, pattern is None or entry(pattern, "/PatternType") == 2)


@lru_cache(maxsize=1000)
def _device(space: str, values: tuple[float, ...]) -> Colour:
    return colour(space, values)


def colour(space: Any, operands: Sequence[Any], depth: int = 0) -> Colour:
    """What the operands of `sc` or `scn` mean in a colour space, which is a name or an array."""
    space = resolve(space)
    if depth > _DEPTH or not space:
        return None
    parts = space if isinstance(space, list) else [space]
    name = resolve(parts[0])
    if name == "/Pattern":
        return _pattern(parts, operands, depth)
    values = numbers(list(operands))
    if name == "/ICCBased":
        return colour(_DEVICE.get(components(space)), values, depth + 1)
    if not values:
        return None
    if name in ("/DeviceGray", "/CalGray", "/G"):
        return (_clamp(values[:1] * 3),)
    if name in ("/DeviceRGB", "/CalRGB", "/RGB"):
        return (_clamp(values),) if len(values) >= 3 else None
    if name in ("/DeviceCMYK", "/CMYK"):
        return (_clamp([1 - min(1, ink + values[3]) for ink in values[:3]]),) if len(values) >= 4 else None
    if name == "/Lab":
        return _lab(values)
    if name in ("/Indexed", "/I"):
        return _indexed(parts, int(values[0]), depth)
    if name in ("/Separation", "/DeviceN"):
        return _inks(parts, values, depth)
    return None


def _clamp(values: Sequence[float]) -> Rgb:
    red, green, blue = (max(0.0, min(1.0, value)) for value in values[:3])
    return red, green, blue


def _lab(values: Sequence[float]) -> Colour:
    """Lightness as grey, and the two colour axes as a shift away from it: only nearness to white matters."""
    if len(values) < 3:
        return None
    light = values[0] / 100
    return (_clamp([light + values[1] / 100, light - values[1] / 100, light + values[2] / 100]),)


def _indexed(parts: Sequence[Any], index: int, depth: int) -> Colour:
    table = resolve(parts[3])
    data = table.get_data() if hasattr(table, "get_data") else table
    data = getattr(data, "original_bytes", data)  # pypdf takes strings in dictionaries for text
    count = components(parts[1])
    entry_ = data[count * index : count * index + count]
    return colour(parts[1], [byte / 255 for byte in entry_], depth + 1) if entry_ and index >= 0 else None


def _inks(parts: Sequence[Any], values: Sequence[float], depth: int) -> Colour:
    """Separation and DeviceN by their tint transform; where that fails, as much ink on white as the most tint."""
    names = resolve(parts[1])
    if names == "/None" or (isinstance(names, list) and all(resolve(name) == "/None" for name in names)):
        return ()
    made = evaluate(parts[3], values) if len(parts) > 3 else None
    found = colour(parts[2], made, depth + 1) if made else None
    return found if found is not None else (_clamp([1 - max(values)] * 3),)


def _pattern(parts: Sequence[Any], operands: Sequence[Any], depth: int) -> Colour:
    """`operands` end with the pattern itself, a dictionary."""
    pattern = resolve(operands[-1]) if operands else None
    if entry(pattern, "/PatternType") == 2:
        return shading(entry(pattern, "/Shading"))
    if entry(pattern, "/PaintType") == 2 and len(parts) > 1:
        return colour(parts[1], operands[:-1], depth + 1)
    return None


def shading(some: Any) -> Colour:
    """The colours of an axial or radial shading, at five places; None for the other kinds (Table 77)."""
    function, space = entry(some, "/Function"), entry(some, "/ColorSpace")
    if function is None or entry(some, "/ShadingType") not in (2, 3):
        return None
    low, high = (numbers(entry(some, "/Domain")) or [0.0, 1.0])[:2]
    found: list[Rgb] = []
    for step in range(5):
        made = evaluate(function, [low + step / 4 * (high - low)])
        one = colour(space, made) if made else None
        if not one:
            return None
        found += one
    return tuple(found)


# ---------------------------------------------------------------- functions (7.10)


def evaluate(function: Any, inputs: Sequence[float], depth: int = 0) -> list[float] | None:
    """A function of type 0, 2, 3 or 4, or an array of them with one output each; None where it fails."""
    function = resolve(function)
    if depth > _DEPTH:
        return None
    if isinstance(function, list):
        parts = [evaluate(one, inputs, depth + 1) for one in function[:32]]
        return [value for part in parts if part for value in part] if all(parts) else None
    domain = numbers(entry(function, "/Domain"))
    inputs = [max(a, min(b, x)) for x, a, b in zip(inputs, domain[::2], domain[1::2], strict=False)]
    if not inputs:
        return None
    kind = entry(function, "/FunctionType")
    made: list[float] | None = None
    if kind == 0:
        made = _sampled(function, inputs, domain)
    elif kind == 2:
        low, high = numbers(entry(function, "/C0")) or [0.0], numbers(entry(function, "/C1")) or [1.0]
        made = [a + inputs[0] ** float(entry(function, "/N")) * (b - a) for a, b in zip(low, high, strict=False)]
    elif kind == 3:
        made = _stitched(function, inputs[0], domain, depth)
    elif kind == 4:
        made = _calculated(function.get_data().decode("latin-1"), inputs)
    limits = numbers(entry(function, "/Range"))
    if made and limits:
        made = [max(a, min(b, y)) for y, a, b in zip(made, limits[::2], limits[1::2], strict=False)]
    return made


def _sampled(function: Any, inputs: Sequence[float], domain: Sequence[float]) -> list[float] | None:
    """The nearest sample, for samples of 8 or 16 bits; no interpolation."""
    sizes = [max(1, int(size)) for size in numbers(entry(function, "/Size"))]
    width = entry(function, "/BitsPerSample")
    limits = numbers(entry(function, "/Range"))
    if width not in (8, 16) or len(sizes) != len(inputs):
        return None
    index, stride = 0, 1
    for place, (x, size) in enumerate(zip(inputs, sizes, strict=True)):
        low, high = domain[2 * place], domain[2 * place + 1]
        index += stride * round((x - low) / (high - low) * (size - 1) if high > low else 0)
        stride *= size
    decode = numbers(entry(function, "/Decode")) or limits
    step, data = width // 8, function.get_data()
    outputs = len(limits) // 2
    made = []
    for place in range(outputs):
        at = (index * outputs + place) * step
        value = int.from_bytes(data[at : at + step], "big") / (256**step - 1)
        made.append(decode[2 * place] + value * (decode[2 * place + 1] - decode[2 * place]))
    return made


def _stitched(function: Any, x: float, domain: Sequence[float], depth: int) -> list[float] | None:
    bounds, encode = numbers(entry(function, "/Bounds")), numbers(entry(function, "/Encode"))
    place = sum(x >= bound for bound in bounds)
    low, high = [domain[0], *bounds, domain[1]][place : place + 2]
    start, end = encode[2 * place : 2 * place + 2]
    share = (x - low) / (high - low) if high > low else 0.0
    return evaluate(entry(function, "/Functions")[place], [start + share * (end - start)], depth + 1)


_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b, "div": lambda a, b: a / b,
    "idiv": lambda a, b: int(a / b), "mod": math.fmod, "exp": lambda a, b: a**b,
    "atan": lambda a, b: math.degrees(math.atan2(a, b)) % 360,
    "eq": lambda a, b: a == b, "ne": lambda a, b: a != b, "gt": lambda a, b: a > b, "ge": lambda a, b: a >= b,
    "lt": lambda a, b: a < b, "le": lambda a, b: a <= b,
    "and": lambda a, b: a & b, "or": lambda a, b: a | b, "xor": lambda a, b: a ^ b,
}  # fmt: skip
_UNARY: dict[str, Callable[[Any], Any]] = {
    "abs": abs, "neg": lambda a: -a, "ceiling": math.ceil, "floor": math.floor, "round": round, "truncate": int,
    "cvi": int, "cvr": float, "sqrt": math.sqrt, "ln": math.log, "log": math.log10,
    "sin": lambda a: math.sin(math.radians(a)), "cos": lambda a: math.cos(math.radians(a)),
    "not": lambda a: not a if isinstance(a, bool) else ~a,
}  # fmt: skip


def _calculated(source: str, inputs: Sequence[float]) -> list[float]:
    """A PostScript calculator function (7.10.5), which has no loops. Raises where it is malformed."""
    stack: list[Any] = list(inputs)
    _procedure(iter(re.findall(r"[{}]|[^\s{}]+", source)[1:4000]), stack, run=True)
    return [float(value) for value in stack]


def _procedure(words: Iterable[str], stack: list[Any], *, run: bool) -> list[str]:
    """Run (or only collect) the words up to the closing brace."""
    words = iter(words)
    body: list[str] = []
    blocks: list[list[str]] = []
    for word in words:
        if word == "}":
            break
        body.append(word)
        if word == "{":
            block = _procedure(words, stack, run=False)
            blocks.append(block)
            body += [*block, "}"]
        elif run and word in ("if", "ifelse"):
            chosen = blocks[-2:] if word == "ifelse" else [blocks[-1], []]
            _procedure([*chosen[0 if stack.pop() else 1], "}"], stack, run=True)
        elif run:
            _operate(word, stack)
    return body


def _operate(word: str, stack: list[Any]) -> None:
    if word in _BINARY:
        right = stack.pop()
        stack.append(_BINARY[word](stack.pop(), right))
    elif word in _UNARY:
        stack.append(_UNARY[word](stack.pop()))
    elif word == "pop":
        stack.pop()
    elif word == "dup":
        stack.append(stack[-1])
    elif word == "exch":
        stack[-2:] = stack[:-3:-1]
    elif word == "copy":
        count = int(stack.pop())
        stack += stack[-count:] if 0 < count < 100 else []
    elif word == "index":
        stack.append(stack[-1 - int(stack.pop())])
    elif word == "roll":
        turn, count = int(stack.pop()), int(stack.pop())
        top = stack[-count:]
        stack[-count:] = top[-turn % count :] + top[: -turn % count]
    else:
        stack.append({"true": True, "false": False}[word] if word in ("true", "false") else float(word))
