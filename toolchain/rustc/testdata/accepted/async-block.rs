#![no_std]
#![no_main]

use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

async fn number() -> u32 {
    rex::time() as u32
}
fn prog() -> u32 {
    let sum = pin!(async { number().await + number().await });
    match sum.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(sum) => sum,
        Poll::Pending => 0,
    }
}

rex::program!(prog);
