#![no_std]
#![no_main]

fn prog() -> u32 {
    let path = if rex::time() % 2 == 0 { "/usr/lib/rex/hello.so" } else { "  relative name  " };
    let pieces = path.split('/').filter(|p| !p.is_empty()).count();
    let ending = path.rsplit_once('.').map_or(0, |(_, e)| e.len());
    (pieces + ending + path.trim().char_indices().filter(|(_, c)| c.is_whitespace()).count()) as u32 + u32::from(path.contains("rex"))
}

rex::program!(prog);
