#![no_std]
#![no_main]

#[derive(Clone, Default)]
struct Config {
    limit: u32,
    burst: u32,
    name: Option<&'static str>,
}
fn prog() -> u32 {
    let config = Config { limit: rex::time() as u32, ..Config::default() };
    let other = Config { name: Some("other"), ..config.clone() };
    config.limit ^ other.burst ^ other.name.map_or(0, str::len) as u32
}

rex::program!(prog);
