//! A crate.
//!
//! ```rust
//! # #![no_std]
//! # #![no_main]
//! #
//! fn shown() {}
//! ```

mod macros;

macros::method!(First);
macros::method!(Second);

/// A function.
///
/// ```compile_fail,E0308,REX0007
/// ## shown with one #
/// let number: u32 = "text";
/// ```
///
/// ```ignore (needs a network card)
/// left_out();
/// ```
///
/// ```text
/// no code
/// ```
pub fn function() {}
