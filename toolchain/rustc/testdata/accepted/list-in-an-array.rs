#![no_std]
#![no_main]

#[derive(Clone, Copy)]
struct Node {
    value: u64,
    next: Option<u8>,
}
fn prog() -> u32 {
    let mut nodes = [Node { value: 0, next: None }; 32];
    let mut first = None;
    for i in 0..32u8 {
        nodes[usize::from(i)] = Node { value: rex::time() >> i, next: first };
        first = Some(i);
    }
    let (mut sum, mut at) = (0u64, first);
    while let Some(node) = at.and_then(|i| nodes.get(usize::from(i))) {
        sum = sum.wrapping_add(node.value);
        at = node.next;
    }
    sum as u32
}

rex::program!(prog);
