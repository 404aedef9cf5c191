package code

// table holds every form of an instruction that an extension may use; what is not in it is refused. One line is one row of
// the processor manuals' opcode maps, in their notation:
//
//	opcode  operation  operands  ; attributes
//
// Opcode: bytes, after a mandatory prefix if there is one. `+` takes all eight registers in the low bits, `cc` all sixteen
// conditions, `/n` demands n in the reg field of ModRM.
//
// Operands: E is a register or memory (ModRM), M memory only, G a register (ModRM), Z a register (opcode), A the
// accumulator, C cl, I an immediate, J a distance to jump, 1 the number. Sizes: b, w, d, q are 1, 2, 4 and 8 bytes; v is 2
// (prefix 66), 4 or 8 (REX.W); z is an immediate of at most 4 bytes, sign-extended, s one of a byte, sign-extended.
// `=` marks what is written, `+` what is read and written, `&` an address that is only computed.
//
// Attributes: lock, rep and repne permit that prefix; pad permits any number of 66 and one 2e, as assemblers fill up code;
// addr32 permits 67, with which linkers fill up a call; w demands REX.W and b REX.B; v without an operand lets prefixes
// choose the size; keeps says that the flags stay. `<` and `>` name registers that are read and written besides the operands.
const table = `
00      add     +Eb Gb     ; lock
01      add     +Ev Gv     ; lock
02      add     +Gb Eb
03      add     +Gv Ev
04      add     +Ab Ib
05      add     +Av Iz
08      or      +Eb Gb     ; lock
09      or      +Ev Gv     ; lock
0a      or      +Gb Eb
0b      or      +Gv Ev
0c      or      +Ab Ib
0d      or      +Av Iz
10      adc     +Eb Gb     ; lock
11      adc     +Ev Gv     ; lock
12      adc     +Gb Eb
13      adc     +Gv Ev
14      adc     +Ab Ib
15      adc     +Av Iz
18      sbb     +Eb Gb     ; lock
19      sbb     +Ev Gv     ; lock
1a      sbb     +Gb Eb
1b      sbb     +Gv Ev
1c      sbb     +Ab Ib
1d      sbb     +Av Iz
20      and     +Eb Gb     ; lock
21      and     +Ev Gv     ; lock
22      and     +Gb Eb
23      and     +Gv Ev
24      and     +Ab Ib
25      and     +Av Iz
28      sub     +Eb Gb     ; lock
29      sub     +Ev Gv     ; lock
2a      sub     +Gb Eb
2b      sub     +Gv Ev
2c      sub     +Ab Ib
2d      sub     +Av Iz
30      xor     +Eb Gb     ; lock
31      xor     +Ev Gv     ; lock
32      xor     +Gb Eb
33      xor     +Gv Ev
34      xor     +Ab Ib
35      xor     +Av Iz
38      cmp     Eb Gb
39      cmp     Ev Gv
3a      cmp     Gb Eb
3b      cmp     Gv Ev
3c      cmp     Ab Ib
3d      cmp     Av Iz
50+     push    Zq         ; keeps
58+     pop     =Zq        ; keeps
63      movsxd  =Gv Ed     ; keeps w
68      push    Iz         ; keeps
69      imul    =Gv Ev Iz
6a      push    Is         ; keeps
6b      imul    =Gv Ev Is
70cc    j       Jb         ; keeps
80/0    add     +Eb Ib     ; lock
80/1    or      +Eb Ib     ; lock
80/2    adc     +Eb Ib     ; lock
80/3    sbb     +Eb Ib     ; lock
80/4    and     +Eb Ib     ; lock
80/5    sub     +Eb Ib     ; lock
80/6    xor     +Eb Ib     ; lock
80/7    cmp     Eb Ib
81/0    add     +Ev Iz     ; lock
81/1    or      +Ev Iz     ; lock
81/2    adc     +Ev Iz     ; lock
81/3    sbb     +Ev Iz     ; lock
81/4    and     +Ev Iz     ; lock
81/5    sub     +Ev Iz     ; lock
81/6    xor     +Ev Iz     ; lock
81/7    cmp     Ev Iz
83/0    add     +Ev Is     ; lock
83/1    or      +Ev Is     ; lock
83/2    adc     +Ev Is     ; lock
83/3    sbb     +Ev Is     ; lock
83/4    and     +Ev Is     ; lock
83/5    sub     +Ev Is     ; lock
83/6    xor     +Ev Is     ; lock
83/7    cmp     Ev Is
84      test    Eb Gb
85      test    Ev Gv
86      xchg    +Eb +Gb    ; lock keeps
87      xchg    +Ev +Gv    ; lock keeps
88      mov     =Eb Gb     ; keeps
89      mov     =Ev Gv     ; keeps
8a      mov     =Gb Eb     ; keeps
8b      mov     =Gv Ev     ; keeps
8d      lea     =Gv &M     ; keeps
90      nop                ; keeps pad
f390    pause              ; keeps
90+     xchg    +Zv +Av    ; keeps b
98      cbw/cwde/cdqe      ; keeps v <rax >rax
99      cwd/cdq/cqo        ; keeps v <rax >rdx
a4      movsb              ; keeps rep <rsi <rdi <rcx >rsi >rdi >rcx
a5      movsw/movsd/movsq  ; keeps v rep <rsi <rdi <rcx >rsi >rdi >rcx
a6      cmpsb              ; rep repne <rsi <rdi <rcx >rsi >rdi >rcx
a7      cmpsw/cmpsd/cmpsq  ; v rep repne <rsi <rdi <rcx >rsi >rdi >rcx
a8      test    Ab Ib
a9      test    Av Iz
aa      stosb              ; keeps rep <rax <rdi <rcx >rdi >rcx
ab      stosw/stosd/stosq  ; keeps v rep <rax <rdi <rcx >rdi >rcx
ac      lodsb              ; keeps rep <rsi <rcx >rax >rsi >rcx
ad      lodsw/lodsd/lodsq  ; keeps v rep <rsi <rcx >rax >rsi >rcx
ae      scasb              ; rep repne <rax <rdi <rcx >rdi >rcx
af      scasw/scasd/scasq  ; v rep repne <rax <rdi <rcx >rdi >rcx
b0+     mov     =Zb Ib     ; keeps
b8+     mov     =Zv Iv     ; keeps
c0/0    rol     +Eb Ib
c0/1    ror     +Eb Ib
c0/2    rcl     +Eb Ib
c0/3    rcr     +Eb Ib
c0/4    shl     +Eb Ib
c0/5    shr     +Eb Ib
c0/7    sar     +Eb Ib
c1/0    rol     +Ev Ib
c1/1    ror     +Ev Ib
c1/2    rcl     +Ev Ib
c1/3    rcr     +Ev Ib
c1/4    shl     +Ev Ib
c1/5    shr     +Ev Ib
c1/7    sar     +Ev Ib
c3      ret                ; keeps
c6/0    mov     =Eb Ib     ; keeps
c7/0    mov     =Ev Iz     ; keeps
c9      leave              ; keeps
d0/0    rol     +Eb 1
d0/1    ror     +Eb 1
d0/2    rcl     +Eb 1
d0/3    rcr     +Eb 1
d0/4    shl     +Eb 1
d0/5    shr     +Eb 1
d0/7    sar     +Eb 1
d1/0    rol     +Ev 1
d1/1    ror     +Ev 1
d1/2    rcl     +Ev 1
d1/3    rcr     +Ev 1
d1/4    shl     +Ev 1
d1/5    shr     +Ev 1
d1/7    sar     +Ev 1
d2/0    rol     +Eb C
d2/1    ror     +Eb C
d2/2    rcl     +Eb C
d2/3    rcr     +Eb C
d2/4    shl     +Eb C
d2/5    shr     +Eb C
d2/7    sar     +Eb C
d3/0    rol     +Ev C
d3/1    ror     +Ev C
d3/2    rcl     +Ev C
d3/3    rcr     +Ev C
d3/4    shl     +Ev C
d3/5    shr     +Ev C
d3/7    sar     +Ev C
e8      call    Jz         ; addr32
e9      jmp     Jz         ; keeps
eb      jmp     Jb         ; keeps
f5      cmc
f6/0    test    Eb Ib
f6/2    not     +Eb        ; lock keeps
f6/3    neg     +Eb        ; lock
f6/4    mul     Eb         ; <rax >rax
f6/5    imul    Eb         ; <rax >rax
f6/6    div     Eb         ; <rax >rax
f6/7    idiv    Eb         ; <rax >rax
f7/0    test    Ev Iz
f7/2    not     +Ev        ; lock keeps
f7/3    neg     +Ev        ; lock
f7/4    mul     Ev         ; <rax >rax >rdx
f7/5    imul    Ev         ; <rax >rax >rdx
f7/6    div     Ev         ; <rax <rdx >rax >rdx
f7/7    idiv    Ev         ; <rax <rdx >rax >rdx
f8      clc
f9      stc
fc      cld                ; keeps
fd      std                ; keeps
fe/0    inc     +Eb        ; lock
fe/1    dec     +Eb        ; lock
ff/0    inc     +Ev        ; lock
ff/1    dec     +Ev        ; lock
ff/2    call    Eq
ff/4    jmp     Eq         ; keeps
ff/6    push    Eq         ; keeps

0f0b    ud2                ; keeps
f30f1efa endbr64           ; keeps
0f1f/0  nop     &Ev        ; keeps pad
0f40cc  cmov    +Gv Ev     ; keeps
0f80cc  j       Jz         ; keeps
0f90cc/0 set    =Eb        ; keeps
0fa3    bt      Rv Gv
0fa4    shld    +Ev Gv Ib
0fa5    shld    +Ev Gv C
0fab    bts     +Rv Gv
0fac    shrd    +Ev Gv Ib
0fad    shrd    +Ev Gv C
0faee8  lfence             ; keeps
0faef0  mfence             ; keeps
0faef8  sfence             ; keeps
0faf    imul    +Gv Ev
0fb0    cmpxchg +Eb Gb     ; lock <rax >rax
0fb1    cmpxchg +Ev Gv     ; lock <rax >rax
0fb3    btr     +Rv Gv
0fb6    movzx   =Gv Eb     ; keeps
0fb7    movzx   =Gv Ew     ; keeps
0fba/4  bt      Ev Ib
0fba/5  bts     +Ev Ib     ; lock
0fba/6  btr     +Ev Ib     ; lock
0fba/7  btc     +Ev Ib     ; lock
0fbb    btc     +Rv Gv
0fbc    bsf     +Gv Ev
f30fbc  tzcnt   +Gv Ev
0fbd    bsr     +Gv Ev
0fbe    movsx   =Gv Eb     ; keeps
0fbf    movsx   =Gv Ew     ; keeps
0fc0    xadd    +Eb +Gb    ; lock
0fc1    xadd    +Ev +Gv    ; lock
0fc8+   bswap   +Zv        ; keeps
`

// The bit that bt and its like are about may be anywhere in memory if a register says which: R is a register only.
