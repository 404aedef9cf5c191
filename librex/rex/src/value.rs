// SPDX-License-Identifier: GPL-2.0

//! Which bits are a value of a type. What user space, the network or another program wrote can be any,
//! so memory that they share with a program is seen as a `T` only where all bits are one, or after a
//! look at those that may not be. What a type is made of the compiler says (`core::mem::type_info`).

use core::intrinsics::{const_allocate, const_make_global};
use core::mem::type_info::{Field, Type, TypeKind, Variant};
use core::mem::{align_of, size_of};

/// A part of a type for which some bits are no value: a `bool`, a `char` or an enum.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    /// In bytes, from the start of the type.
    offset: usize,
    size: usize,
    values: Values,
    /// The arrays that it is an element of, the innermost first.
    arrays: [Array; ARRAYS],
}

#[derive(Clone, Copy)]
enum Values {
    /// From the one to the other.
    Range(u64, u64),
    List(&'static [u64]),
    /// Unicode scalar values.
    Char,
}

/// An array's length, and the size of its elements in bytes.
#[derive(Clone, Copy)]
struct Array {
    len: usize,
    stride: usize,
}

/// How deep arrays may be nested around a part.
const ARRAYS: usize = 3;
const NO_ARRAY: Array = Array { len: 1, stride: 0 };

/// Refuses, when the program is compiled, a `T` for which some bits are no value.
pub(crate) const fn any_bits<T>() {
    assert!(
        parts::<T>().is_empty(),
        "memory of the kernel can hold any bits, and not all are values of this type: use integers, and arrays and \
         structs of them, in place of `bool`, `char` and enums"
    );
}

/// The parts of `T` to look at. Refuses, when the program is compiled, types that a look cannot tell:
/// nobody knows where a pointer should point.
pub(crate) const fn parts<T>() -> &'static [Part] {
    if cfg!(lint) {
        return &[]; // rustc without our patches falls over such reflection
    }
    let this = Type::of::<T>();
    let len = count(&this);
    // SAFETY: when this is evaluated, memory is there for the size and the alignment that are asked for. `fill` writes
    // as many parts as `count` counts, and nobody changes them any more.
    unsafe {
        let all: *mut Part = const_allocate(len * size_of::<Part>(), align_of::<Part>()).cast();
        fill(&this, Part { offset: 0, size: 0, values: Values::Char, arrays: [NO_ARRAY; ARRAYS] }, 0, all);
        core::slice::from_raw_parts(const_make_global(all.cast()).cast(), len)
    }
}

const fn count(ty: &Type) -> usize {
    match &ty.kind {
        TypeKind::Int(_) | TypeKind::Float(_) => 0,
        TypeKind::Bool(_) | TypeKind::Char(_) => 1,
        TypeKind::Enum(it) => {
            let mut i = 0;
            while i < it.variants.len() {
                assert!(
                    it.variants[i].fields.is_empty(),
                    "memory of the kernel can hold any bits, and an enum with fields cannot be told from them: use a struct with an enum without fields"
                );
                i += 1;
            }
            assert!(
                size(ty) <= 4,
                "an enum in memory that others write too has up to 4 bytes: give it a smaller `repr`"
            );
            assert!(
                i > 0,
                "memory of the kernel can hold any bits, and nobody can tell whether they are a value of this type: use integers, `bool`, `char`, enums without fields, and arrays and structs of them"
            );
            (size(ty) > 0) as usize
        }
        TypeKind::Array(it) => {
            let parts = count(&it.element_ty.info());
            if it.len == 0 { 0 } else { parts }
        }
        TypeKind::Struct(it) => count_fields(it.fields),
        TypeKind::Tuple(it) => count_fields(it.fields),
        TypeKind::Union(it) => {
            assert!(
                count_fields(it.fields) == 0,
                "memory of the kernel can hold any bits, and a `union` does not say what it holds: use integers in it"
            );
            0
        }
        _ => panic!(
            "memory of the kernel can hold any bits, and nobody can tell whether they are a value of this type: use integers, `bool`, `char`, enums without fields, and arrays and structs of them"
        ),
    }
}

const fn count_fields(fields: &[Field]) -> usize {
    let mut parts = 0;
    let mut i = 0;
    while i < fields.len() {
        parts += count(&fields[i].ty.info());
        i += 1;
    }
    parts
}

/// Writes the parts of `ty`, which lies where `at` says, in `depth` arrays. Returns how many.
///
/// # Safety
///
/// There is room for as many as `count` says.
const unsafe fn fill(ty: &Type, at: Part, depth: usize, out: *mut Part) -> usize {
    let values = match &ty.kind {
        TypeKind::Bool(_) => Values::Range(0, 1),
        TypeKind::Char(_) => Values::Char,
        TypeKind::Enum(it) if size(ty) > 0 => discriminants(it.variants, size(ty)),
        // SAFETY: `count` adds up the same.
        TypeKind::Struct(it) => return unsafe { fill_fields(it.fields, at, depth, out) },
        // SAFETY: as above.
        TypeKind::Tuple(it) => return unsafe { fill_fields(it.fields, at, depth, out) },
        TypeKind::Array(it) => {
            let element = it.element_ty.info();
            if it.len == 0 || count(&element) == 0 {
                return 0;
            }
            assert!(depth < ARRAYS, "arrays of `bool`, `char` or enums can be nested three times");
            let mut inner = at;
            inner.arrays[depth] = Array { len: it.len, stride: size(&element) };
            // SAFETY: as above.
            return unsafe { fill(&element, inner, depth + 1, out) };
        }
        _ => return 0,
    };
    // SAFETY: there is room for this one.
    unsafe { out.write(Part { size: size(ty), values, ..at }) }
    1
}

/// # Safety
///
/// As for `fill`.
const unsafe fn fill_fields(fields: &[Field], at: Part, depth: usize, out: *mut Part) -> usize {
    let mut parts = 0;
    let mut i = 0;
    while i < fields.len() {
        let field = Part { offset: at.offset + fields[i].offset, ..at };
        // SAFETY: `count_fields` adds up the same.
        parts += unsafe { fill(&fields[i].ty.info(), field, depth, out.add(parts)) };
        i += 1;
    }
    parts
}

/// The numbers that an enum of `size` bytes is stored as.
const fn discriminants(variants: &[Variant], size: usize) -> Values {
    let mask = u64::MAX >> (64 - 8 * size);
    let len = variants.len();
    // SAFETY: memory is there for the numbers, and all are written.
    let all = unsafe {
        let all: *mut u64 = const_allocate(len * size_of::<u64>(), align_of::<u64>()).cast();
        let mut i = 0;
        while i < len {
            all.add(i).write(discriminant(&variants[i]) & mask);
            i += 1;
        }
        core::slice::from_raw_parts(const_make_global(all.cast()).cast::<u64>(), len)
    };
    let (mut least, mut greatest) = (all[0], all[0]);
    let mut i = 1;
    while i < len {
        if all[i] < least {
            least = all[i];
        }
        if all[i] > greatest {
            greatest = all[i];
        }
        i += 1;
    }
    // Each is another one.
    if greatest - least == len as u64 - 1 { Values::Range(least, greatest) } else { Values::List(all) }
}

/// The number of a variant, which rustc's own reflection leaves out.
const fn discriminant(variant: &Variant) -> u64 {
    #[cfg(not(lint))]
    return variant.discriminant_value as u64;
    #[cfg(lint)]
    return variant.fields.len() as u64; // not called: see `parts`
}

/// In bytes.
const fn size(ty: &Type) -> usize {
    match ty.size {
        Some(size) => size,
        None => panic!(
            "memory of the kernel can hold any bits, and nobody can tell whether they are a value of this type: use integers, `bool`, `char`, enums without fields, and arrays and structs of them"
        ),
    }
}

impl Values {
    #[inline(always)]
    fn contain(self, bits: u64) -> bool {
        match self {
            Values::Range(least, greatest) => least <= bits && bits <= greatest,
            Values::List(all) => all.contains(&bits),
            Values::Char => char::from_u32(bits as u32).is_some(),
        }
    }
}

/// # Safety
///
/// `size` bytes can be read there.
#[inline(always)]
unsafe fn read(at: *const u8, size: usize) -> u64 {
    // SAFETY: the caller says so. Others may write there: each part is read once.
    unsafe {
        match size {
            1 => at.read_volatile().into(),
            2 => at.cast::<u16>().read_unaligned().into(),
            4 => at.cast::<u32>().read_unaligned().into(),
            _ => at.cast::<u64>().read_unaligned(),
        }
    }
}

/// Whether the bytes at `at` are a `T`.
///
/// # Safety
///
/// `size_of::<T>()` bytes can be read there.
#[inline(always)]
pub(crate) unsafe fn is_value<T>(at: *const T) -> bool {
    for part in const { parts::<T>() } {
        let [inner, middle, outer] = part.arrays;
        for i in 0..outer.len {
            for j in 0..middle.len {
                for k in 0..inner.len {
                    let offset = part.offset + i * outer.stride + j * middle.stride + k * inner.stride;
                    // SAFETY: the part lies within the type.
                    if !part.values.contain(unsafe { read(at.byte_add(offset).cast(), part.size) }) {
                        return false;
                    }
                }
            }
        }
    }
    true
}
