#![no_std]
#![no_main]

fn prog() -> u32 {
    let mut line = *b"GET /Index.html";
    line.make_ascii_lowercase();
    line[(rex::time() % 15) as usize] = b' ';
    line.iter().filter(|b| b.is_ascii_alphabetic()).count() as u32 + u32::from(line.starts_with(b"get"))
}

rex::program!(prog);
