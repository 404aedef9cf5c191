// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A program shares the values of maps with user space, which can write any bits
// there at any time, also after the runtime has looked at them. The compiler
// takes for granted that a bool, a char or an enum is one. Here it unlearns that
// before anything is made of it: such bits then lead to a panic at worst, never
// behind the end of a table.

#include "rex/Passes.h"

#include "llvm/IR/CFG.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/PatternMatch.h"

using namespace llvm;
using namespace llvm::PatternMatch;

namespace {

/// The runtime's answer to what can't happen.
constexpr StringLiteral Trap = "__rex_trap";

void forgetRanges(Function &F) {
  F.removeRetAttr(Attribute::Range);
  for (Argument &A : F.args())
    A.removeAttr(Attribute::Range);
}

void forgetRanges(CallBase &Call) {
  Call.removeRetAttr(Attribute::Range);
  for (unsigned I = 0; I < Call.arg_size(); I++)
    Call.removeParamAttr(I, Attribute::Range);
}

/// Whether the program is told that the number of an enum lies in its range. In
/// maps there are none of 8 bytes (librex/rex/src/value.rs): of numbers as large
/// as an index the core library tells what it has found by looking.
bool tellsRange(Instruction &I) {
  Value *Condition, *Number;
  return match(&I, m_Intrinsic<Intrinsic::assume>(m_Value(Condition))) &&
         !cast<CallBase>(I).hasOperandBundles() &&
         match(Condition, m_ICmp(m_Value(Number), m_ConstantInt())) &&
         Number->getType()->getIntegerBitWidth() < 64;
}

/// Whether this is the end of a block for the values that a match doesn't know.
bool isForNoValue(Instruction &I) {
  if (!isa<UnreachableInst>(I) || &I.getParent()->front() != &I)
    return false;
  return any_of(predecessors(I.getParent()), [&](BasicBlock *From) {
    auto *Switch = dyn_cast<SwitchInst>(From->getTerminator());
    return Switch && Switch->getDefaultDest() == I.getParent();
  });
}

} // namespace

PreservedAnalyses rex::ValuesPass::run(Module &M, ModuleAnalysisManager &) {
  SmallVector<Instruction *> Assumptions, Ends;
  for (Function &F : M) {
    forgetRanges(F);
    for (Instruction &I : instructions(F)) {
      I.setMetadata(LLVMContext::MD_range, nullptr);
      if (auto *Call = dyn_cast<CallBase>(&I))
        forgetRanges(*Call);
      // A bool in memory is a byte, of which one bit counts.
      if (isa<TruncInst>(I) && I.getType()->isIntegerTy(1))
        I.dropPoisonGeneratingFlags();
      if (tellsRange(I))
        Assumptions.push_back(&I);
      else if (isForNoValue(I))
        Ends.push_back(&I);
    }
  }
  for (Instruction *I : Assumptions)
    I->eraseFromParent();
  if (!Ends.empty()) {
    FunctionCallee Handler = M.getOrInsertFunction(Trap, Type::getVoidTy(M.getContext()));
    for (Instruction *I : Ends) {
      CallInst *Call = CallInst::Create(Handler, "", I->getIterator());
      Call->setDoesNotReturn();
      Call->addFnAttr(Attribute::Cold);
      if (DISubprogram *S = I->getFunction()->getSubprogram())
        Call->setDebugLoc(I->getDebugLoc() ? I->getDebugLoc()
                                           : DebugLoc(DILocation::get(M.getContext(), 0, 0, S)));
    }
  }
  return PreservedAnalyses::none();
}
