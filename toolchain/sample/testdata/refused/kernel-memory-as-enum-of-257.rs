//@ error: an enum with fields cannot be told from them
#![no_std]
#![no_main]

// The tag of what remains of 257 variants, of which 255 have no values, is a byte of which two numbers are used;
// there is no number left for an `Option`, so its size tells nothing.
use core::convert::Infallible;

use rex::tracepoint::{tracepoint, SyscallsEnterDupCtx};
use rex::utils::convert_slice_to_struct;
use rex::{rex_tracepoint, Result};

#[derive(Clone, Copy)]
#[repr(packed)]
struct Function(extern "C" fn(u64) -> u64);

#[derive(Clone, Copy)]
#[repr(packed)]
struct Bits(#[allow(dead_code)] u64);

#[derive(Clone, Copy)]
#[allow(dead_code)]
#[rustfmt::skip]
enum Code {
    Call(Function),
    V1(Infallible), V2(Infallible), V3(Infallible), V4(Infallible), V5(Infallible), V6(Infallible), V7(Infallible), V8(Infallible),
    V9(Infallible), V10(Infallible), V11(Infallible), V12(Infallible), V13(Infallible), V14(Infallible), V15(Infallible), V16(Infallible),
    V17(Infallible), V18(Infallible), V19(Infallible), V20(Infallible), V21(Infallible), V22(Infallible), V23(Infallible), V24(Infallible),
    V25(Infallible), V26(Infallible), V27(Infallible), V28(Infallible), V29(Infallible), V30(Infallible), V31(Infallible), V32(Infallible),
    V33(Infallible), V34(Infallible), V35(Infallible), V36(Infallible), V37(Infallible), V38(Infallible), V39(Infallible), V40(Infallible),
    V41(Infallible), V42(Infallible), V43(Infallible), V44(Infallible), V45(Infallible), V46(Infallible), V47(Infallible), V48(Infallible),
    V49(Infallible), V50(Infallible), V51(Infallible), V52(Infallible), V53(Infallible), V54(Infallible), V55(Infallible), V56(Infallible),
    V57(Infallible), V58(Infallible), V59(Infallible), V60(Infallible), V61(Infallible), V62(Infallible), V63(Infallible), V64(Infallible),
    V65(Infallible), V66(Infallible), V67(Infallible), V68(Infallible), V69(Infallible), V70(Infallible), V71(Infallible), V72(Infallible),
    V73(Infallible), V74(Infallible), V75(Infallible), V76(Infallible), V77(Infallible), V78(Infallible), V79(Infallible), V80(Infallible),
    V81(Infallible), V82(Infallible), V83(Infallible), V84(Infallible), V85(Infallible), V86(Infallible), V87(Infallible), V88(Infallible),
    V89(Infallible), V90(Infallible), V91(Infallible), V92(Infallible), V93(Infallible), V94(Infallible), V95(Infallible), V96(Infallible),
    V97(Infallible), V98(Infallible), V99(Infallible), V100(Infallible), V101(Infallible), V102(Infallible), V103(Infallible), V104(Infallible),
    V105(Infallible), V106(Infallible), V107(Infallible), V108(Infallible), V109(Infallible), V110(Infallible), V111(Infallible), V112(Infallible),
    V113(Infallible), V114(Infallible), V115(Infallible), V116(Infallible), V117(Infallible), V118(Infallible), V119(Infallible), V120(Infallible),
    V121(Infallible), V122(Infallible), V123(Infallible), V124(Infallible), V125(Infallible), V126(Infallible), V127(Infallible), V128(Infallible),
    V129(Infallible), V130(Infallible), V131(Infallible), V132(Infallible), V133(Infallible), V134(Infallible), V135(Infallible), V136(Infallible),
    V137(Infallible), V138(Infallible), V139(Infallible), V140(Infallible), V141(Infallible), V142(Infallible), V143(Infallible), V144(Infallible),
    V145(Infallible), V146(Infallible), V147(Infallible), V148(Infallible), V149(Infallible), V150(Infallible), V151(Infallible), V152(Infallible),
    V153(Infallible), V154(Infallible), V155(Infallible), V156(Infallible), V157(Infallible), V158(Infallible), V159(Infallible), V160(Infallible),
    V161(Infallible), V162(Infallible), V163(Infallible), V164(Infallible), V165(Infallible), V166(Infallible), V167(Infallible), V168(Infallible),
    V169(Infallible), V170(Infallible), V171(Infallible), V172(Infallible), V173(Infallible), V174(Infallible), V175(Infallible), V176(Infallible),
    V177(Infallible), V178(Infallible), V179(Infallible), V180(Infallible), V181(Infallible), V182(Infallible), V183(Infallible), V184(Infallible),
    V185(Infallible), V186(Infallible), V187(Infallible), V188(Infallible), V189(Infallible), V190(Infallible), V191(Infallible), V192(Infallible),
    V193(Infallible), V194(Infallible), V195(Infallible), V196(Infallible), V197(Infallible), V198(Infallible), V199(Infallible), V200(Infallible),
    V201(Infallible), V202(Infallible), V203(Infallible), V204(Infallible), V205(Infallible), V206(Infallible), V207(Infallible), V208(Infallible),
    V209(Infallible), V210(Infallible), V211(Infallible), V212(Infallible), V213(Infallible), V214(Infallible), V215(Infallible), V216(Infallible),
    V217(Infallible), V218(Infallible), V219(Infallible), V220(Infallible), V221(Infallible), V222(Infallible), V223(Infallible), V224(Infallible),
    V225(Infallible), V226(Infallible), V227(Infallible), V228(Infallible), V229(Infallible), V230(Infallible), V231(Infallible), V232(Infallible),
    V233(Infallible), V234(Infallible), V235(Infallible), V236(Infallible), V237(Infallible), V238(Infallible), V239(Infallible), V240(Infallible),
    V241(Infallible), V242(Infallible), V243(Infallible), V244(Infallible), V245(Infallible), V246(Infallible), V247(Infallible), V248(Infallible),
    V249(Infallible), V250(Infallible), V251(Infallible), V252(Infallible), V253(Infallible), V254(Infallible),
    Bits(Bits),
    Last(Infallible),
}

#[rex_tracepoint]
fn prog(_: &tracepoint<SyscallsEnterDupCtx>, ctx: &'static SyscallsEnterDupCtx) -> Result {
    let mut bytes = [0u8; 9];
    bytes[1..].copy_from_slice(&ctx.fildes.to_ne_bytes());
    match *convert_slice_to_struct::<Code>(&bytes) {
        Code::Call(of) => Ok({ of.0 }(7) as i32),
        _ => Ok(1),
    }
}
