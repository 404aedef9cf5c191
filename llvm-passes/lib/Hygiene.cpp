// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Gives the whole program what kernel code must have, and refuses what it
// can't have: its crates were compiled with flags of their own.

#include "rex/Passes.h"
#include "rex/RuntimeCalls.h"

#include "llvm/Demangle/Demangle.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace {

/// The runtime's answer to what can't happen.
constexpr StringLiteral Trap = "__rex_trap";

/// Prefixes of the features that use registers which the kernel does not save.
constexpr StringLiteral Foreign[] = {
    "sse", "ssse", "avx",     "mmx",  "x87",  "amx", "3dnow",  "fma", "f16c", "aes", "sha",
    "sm3", "sm4",  "vpclmul", "gfni", "vaes", "xop", "pclmul", "kl",  "widekl", "egpr"};

/// The most that a stack slot may be aligned to, in bytes: a cache line. For more than 16 a function
/// moves the stack pointer by what only run time shows.
constexpr uint64_t MaxStackAlign = 64;

/// The first foreign feature that F switches on, or nothing.
StringRef foreignFeature(const Function &F) {
  SmallVector<StringRef> Words;
  F.getFnAttribute("target-features").getValueAsString().split(Words, ',');
  StringMap<bool> On; // the last word on a feature holds
  for (StringRef Word : Words)
    On[Word.ltrim("+-")] = Word.starts_with("+");
  for (StringRef Word : Words)
    if (StringRef Name = Word.ltrim("+-"); On[Name])
      for (StringRef Prefix : Foreign)
        if (Name.starts_with(Prefix))
          return Name;
  return "";
}

/// Whether code is generated for an unreachable end of a block: not behind a call of a function
/// that does not return, and not for the values that a switch doesn't know. Behind a call through a
/// pointer nothing in the machine code says that it does not return.
bool isReal(const UnreachableInst &End) {
  const BasicBlock *Block = End.getParent();
  if (auto *Call = dyn_cast_or_null<CallInst>(End.getPrevNode());
      Call && Call->doesNotReturn() && !Call->isIndirectCall())
    return false;
  if (&Block->front() != &End)
    return true;
  for (const BasicBlock *From : predecessors(Block)) {
    auto *Switch = dyn_cast<SwitchInst>(From->getTerminator());
    if (!Switch || Switch->getDefaultDest() != Block ||
        any_of(Switch->cases(), [&](auto &Case) { return Case.getCaseSuccessor() == Block; }))
      return true;
  }
  return pred_empty(Block);
}

class Hygiene {
public:
  explicit Hygiene(Module &M) : M(M) {}

  void run() {
    refuseModule();
    for (GlobalVariable &G : M.globals())
      refuse(G);
    for (GlobalAlias &A : M.aliases())
      refuseName(A);
    for (Function &F : M)
      if (!F.isDeclaration()) {
        refuse(F);
        require(F);
        replaceTraps(F);
      }
    callMemoryFunctionsDirectly();
    // Whatever is reached through a pointer starts with endbr64, whichever crate it came from.
    M.setModuleFlag(Module::Override, "cf-protection-branch",
                    ConstantAsMetadata::get(ConstantInt::get(Type::getInt32Ty(M.getContext()), 1)));
  }

private:
  /// The functions that copy and compare memory are linked into the program, and don't start with
  /// endbr64: a call through the GOT, as imports have it, would be an indirect branch to them.
  void callMemoryFunctionsDirectly() {
    M.setModuleFlag(Module::Override, "RtLibUseGOT",
                    ConstantAsMetadata::get(ConstantInt::get(Type::getInt32Ty(M.getContext()), 0)));
    for (StringRef Name : {"memcpy", "memmove", "memset", "memcmp", "bcmp", "strlen"})
      if (Function *F = M.getFunction(Name)) {
        F->removeFnAttr(Attribute::NonLazyBind);
        for (User *U : F->users())
          if (auto *Call = dyn_cast<CallBase>(U))
            Call->removeFnAttr(Attribute::NonLazyBind);
      }
  }

  void refuseModule() {
    if (!M.getModuleInlineAsm().empty())
      fault("the program", "has assembly outside of functions");
    for (StringRef List : {"llvm.global_ctors", "llvm.global_dtors"})
      if (GlobalVariable *G = M.getNamedGlobal(List))
        if (G->hasInitializer() && G->getInitializer()->getNumOperands())
          fault("the program", "has functions that run when it is loaded or unloaded");
    if (!M.ifunc_empty())
      fault("the program", "chooses a function when it is loaded");
  }

  void refuseName(GlobalValue &G) {
    if (!G.isDeclaration() && !G.hasLocalLinkage() && rex::isRuntimeCall(G.getName()))
      fault(G, "takes the place of a function that compiled code calls");
  }

  void refuse(GlobalVariable &G) {
    if (G.isThreadLocal())
      fault(G, "is thread local");
    refuseName(G);
    StringRef Section = G.getSection();
    if (!Section.empty() && Section != ".maps" && Section != "llvm.metadata" &&
        !Section.starts_with(".note"))
      fault(G, "is in section `" + Section + "`");
  }

  void refuse(Function &F) {
    StringRef Section = F.getSection();
    if (!Section.empty() && !Section.starts_with("rex/"))
      fault(F, "is in section `" + Section + "`");
    if (StringRef Feature = foreignFeature(F); !Feature.empty())
      fault(F, "uses target feature `" + Feature + "`");
    refuseName(F);
    for (Instruction &I : instructions(F)) {
      if (isa<InvokeInst, ResumeInst, LandingPadInst>(I))
        return fault(F, "unwinds");
      // `become`, which disable-tail-calls does not stop from being a jump.
      if (auto *Call = dyn_cast<CallInst>(&I); Call && Call->isMustTailCall())
        return fault(F, "ends in a call that must be a jump");
      if (auto *Slot = dyn_cast<AllocaInst>(&I)) {
        if (!Slot->isStaticAlloca())
          return fault(F, "has a frame whose size is only known at run time");
        if (uint64_t Bytes = Slot->getAlign().value(); Bytes > MaxStackAlign)
          return fault(F, "has a value on the stack that is aligned to " + Twine(Bytes) +
                              " bytes, more than " + Twine(MaxStackAlign));
      }
    }
  }

  void require(Function &F) {
    // An interrupt on the same stack would overwrite the red zone.
    F.addFnAttr(Attribute::NoRedZone);
    // The kernel's stack traces follow frame pointers.
    F.addFnAttr("frame-pointer", "all");
    // No indirect jump: there is none to protect, and none to trust. Calls in the last place would be
    // jumps, through a register for a pointer and through the offset table for the kernel.
    F.addFnAttr("no-jump-tables", "true");
    F.addFnAttr("disable-tail-calls", "true");
  }

  /// A trap would be an oops; it becomes a call that ends the program.
  void replaceTraps(Function &F) {
    SmallVector<Instruction *> Traps;
    for (Instruction &I : instructions(F)) {
      if (auto *Call = dyn_cast<IntrinsicInst>(&I);
          Call && is_contained({Intrinsic::trap, Intrinsic::debugtrap, Intrinsic::ubsantrap},
                               Call->getIntrinsicID()))
        Traps.push_back(Call);
      else if (auto *End = dyn_cast<UnreachableInst>(&I); End && isReal(*End))
        Traps.push_back(End);
    }
    if (Traps.empty())
      return;
    Function *Handler = M.getFunction(Trap);
    if (!Handler || Handler->isDeclaration() || !Handler->arg_empty() || Handler == &F)
      return M.getContext().emitError(
          "rex: `" + demangle(F.getName()) + "` has a trap, and there is no function `" + Trap +
          "()` to call in its place; the extension must link the `rex` crate");
    for (Instruction *I : Traps) {
      CallInst *Call = CallInst::Create(Handler, "", I->getIterator());
      Call->setCallingConv(Handler->getCallingConv());
      Call->setDoesNotReturn();
      if (DISubprogram *S = F.getSubprogram())
        Call->setDebugLoc(I->getDebugLoc() ? I->getDebugLoc()
                                           : DebugLoc(DILocation::get(F.getContext(), 0, 0, S)));
      if (isa<IntrinsicInst>(I))
        I->eraseFromParent();
    }
  }

  void fault(GlobalValue &G, const Twine &What) {
    fault("`" + demangle(G.getName()) + "`", What);
  }

  void fault(const Twine &Who, const Twine &What) {
    M.getContext().emitError("rex: " + Who + " " + What + "; a kernel extension must not");
  }

  Module &M;
};

} // namespace

PreservedAnalyses rex::HygienePass::run(Module &M, ModuleAnalysisManager &) {
  Hygiene(M).run();
  return PreservedAnalyses::none();
}
