// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The Rex passes. All but the first run on the whole program, in full LTO. A pass
// that finds the program at fault emits an error, which ends the compilation.

#ifndef REX_PASSES_H
#define REX_PASSES_H

#include "llvm/IR/PassManager.h"

namespace rex {

/// Takes back what the compiler says of the bits of a bool, a char or an enum:
/// memory that others write too may hold others. On each crate, before it is
/// optimized.
struct ValuesPass : llvm::PassInfoMixin<ValuesPass> {
  static constexpr llvm::StringLiteral Name = "rex-values";
  static bool isRequired() { return true; }
  llvm::PreservedAnalyses run(llvm::Module &M, llvm::ModuleAnalysisManager &);
};

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

/// Gives the panic handler the name that all know it by, and keeps it a function
/// of its own, where the program's part of the stack ends for StackPass. Before
/// inlining.
struct StackBoundaryPass : llvm::PassInfoMixin<StackBoundaryPass> {
  static constexpr llvm::StringLiteral Name = "rex-stack-boundary";
  static bool isRequired() { return true; }
  llvm::PreservedAnalyses run(llvm::Module &M, llvm::ModuleAnalysisManager &);
};

/// Finds out whether the depth of the stack can be known, checks it at run
/// time where it can't, and leaves in a note which of the two holds.
struct StackPass : llvm::PassInfoMixin<StackPass> {
  static constexpr llvm::StringLiteral Name = "rex-stack";
  static bool isRequired() { return true; }
  llvm::PreservedAnalyses run(llvm::Module &M, llvm::ModuleAnalysisManager &);
};

/// Refuses what has no place in kernel code, and sets on every function what
/// must hold there.
struct HygienePass : llvm::PassInfoMixin<HygienePass> {
  static constexpr llvm::StringLiteral Name = "rex-hygiene";
  static bool isRequired() { return true; }
  llvm::PreservedAnalyses run(llvm::Module &M, llvm::ModuleAnalysisManager &);
};

/// Gives local functions their Rust names, for the kernel's logs, and takes out of names what depends on the
/// folder that a crate was compiled in.
struct NamesPass : llvm::PassInfoMixin<NamesPass> {
  static constexpr llvm::StringLiteral Name = "rex-names";
  static bool isRequired() { return true; }
  llvm::PreservedAnalyses run(llvm::Module &M, llvm::ModuleAnalysisManager &);
};

} // namespace rex

#endif
