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

/// What is left of a name when the hash of its crate is taken out, which depends on the folder that
/// the crate lies in: `anon.<32 hexadecimal digits>.<number>` of LLVM's, `<crate>.<hash>-cgu.<number>` of rustc's.
static std::string withoutCrateHash(StringRef Name) {
  auto [Head, Rest] = Name.split('.');
  auto [Hash, Number] = Rest.split('.');
  bool IsAnon = Head == "anon" && Hash.size() == 32 && all_of(Hash, isHexDigit) && !Number.empty();
  if (IsAnon)
    return (Head + "." + Number).str();
  StringRef Unit = Hash;
  bool IsUnit = Unit.consume_back("-cgu") && Unit.size() == 16 && all_of(Unit, isHexDigit);
  return IsUnit ? Head.str() : Name.str();
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
  for (GlobalVariable &G : M.globals())
    if (G.hasLocalLinkage())
      if (std::string Name = withoutCrateHash(G.getName()); Name != G.getName())
        G.setName(Name);
  // The object's symbol table names it.
  M.setSourceFileName(withoutCrateHash(M.getSourceFileName()));
  return PreservedAnalyses::all();
}
