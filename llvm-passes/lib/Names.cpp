// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "rex/Passes.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Demangle/Demangle.h"
#include "llvm/IR/Module.h"

using namespace llvm;

/// Removes `::h` and 16 hexadecimal digits, with which rustc's older scheme
/// ends a name.
static StringRef withoutHash(StringRef Name) {
  auto [Path, Hash] = Name.rsplit("::h");
  return Hash.size() == 16 && all_of(Hash, isHexDigit) ? Path : Name;
}

PreservedAnalyses rex::NamesPass::run(Module &M, ModuleAnalysisManager &) {
  for (Function &F : M) {
    // Other names are agreed with somebody outside.
    if (F.isDeclaration() || !F.hasLocalLinkage())
      continue;
    std::string Name = demangle(F.getName());
    if (Name != F.getName())
      F.setName(withoutHash(Name));
  }
  return PreservedAnalyses::all();
}
