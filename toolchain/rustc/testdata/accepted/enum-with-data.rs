#![no_std]
#![no_main]

enum Token {
    Number(u64),
    Word(&'static str),
    End,
}
fn next(n: u64) -> Token {
    match n % 3 {
        0 => Token::Number(n),
        1 => Token::Word("word"),
        _ => Token::End,
    }
}
fn prog() -> u32 {
    match next(rex::time()) {
        Token::Number(n) => n as u32,
        Token::Word(w) => w.len() as u32,
        Token::End => 0,
    }
}

rex::program!(prog);
