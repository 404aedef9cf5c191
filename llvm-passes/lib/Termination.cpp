// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "rex/Passes.h"

#include "llvm/IR/Module.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"

using namespace llvm;

/// Name agreed with the kernel.
static constexpr StringLiteral Handler = "__rex_handle_timeout";

PreservedAnalyses rex::TerminationPass::run(Module &M, ModuleAnalysisManager &) {
  if (none_of(M, [](Function &F) { return F.getSection().starts_with("rex/"); }))
    return PreservedAnalyses::all();
  Function *F = M.getFunction(Handler);
  if (!F || F->isDeclaration()) {
    M.getContext().emitError("rex: no function `" + Handler +
                             "`, without which a program cannot be ended; "
                             "the extension must link the `rex` crate");
    return PreservedAnalyses::all();
  }
  F->setLinkage(GlobalValue::ExternalLinkage);
  appendToUsed(M, {F});
  return PreservedAnalyses::none();
}
