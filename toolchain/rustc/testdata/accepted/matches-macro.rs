#![no_std]
#![no_main]

enum Verdict {
    Pass,
    Drop { why: u8 },
    Redirect(u32),
}
fn judge(n: u64) -> Verdict {
    match n % 4 {
        0 => Verdict::Pass,
        1 | 2 => Verdict::Drop { why: n as u8 },
        _ => Verdict::Redirect(n as u32),
    }
}
fn prog() -> u32 {
    let verdict = judge(rex::time());
    u32::from(matches!(verdict, Verdict::Pass | Verdict::Drop { why: 3.. })) + if let Verdict::Redirect(to) = verdict { to } else { 0 }
}

rex::program!(prog);
