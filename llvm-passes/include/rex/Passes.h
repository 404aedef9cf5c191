// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The Rex passes. All of them run on the whole program, in full LTO. A pass
// that finds the program at fault emits an error, which ends the compilation.

#ifndef REX_PASSES_H
#define REX_PASSES_H

#include "llvm/IR/PassManager.h"

namespace rex {

/// Makes the C entry of each program from its program object, the global that
/// a program macro leaves in a section `rex/...`.
struct EntryPass : llvm::PassInfoMixin<EntryPass> {
  static constexpr llvm::StringLiteral Name = "rex-entry";
  static bool isRequired() { return true; }
  llvm::PreservedAnalyses run(llvm::Module &M, llvm::ModuleAnalysisManager &);
};

/// Keeps `__rex_handle_timeout`, to which the kernel sends a program that
/// runs too long. A program without it could not be ended.
struct TerminationPass : llvm::PassInfoMixin<TerminationPass> {
  static constexpr llvm::StringLiteral Name = "rex-termination";
  static bool isRequired() { return true; }
  llvm::PreservedAnalyses run(llvm::Module &M, llvm::ModuleAnalysisManager &);
};

/// Gives local functions their Rust names, for the kernel's logs.
struct NamesPass : llvm::PassInfoMixin<NamesPass> {
  static constexpr llvm::StringLiteral Name = "rex-names";
  static bool isRequired() { return true; }
  llvm::PreservedAnalyses run(llvm::Module &M, llvm::ModuleAnalysisManager &);
};

} // namespace rex

#endif
