// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Registers the passes: by name for opt, at the start of each crate, and at the
// ends of full LTO.

#include "rex/Passes.h"

#include "llvm/Config/llvm-config.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Plugins/PassPlugin.h"

using namespace llvm;

namespace {

/// Adds the pass to MPM if it is the one called Name.
template <typename Pass> bool addIfNamed(StringRef Name, ModulePassManager &MPM) {
  if (Name != Pass::Name)
    return false;
  MPM.addPass(Pass());
  return true;
}

void registerCallbacks(PassBuilder &PB) {
  PB.registerPipelineParsingCallback(
      [](StringRef Name, ModulePassManager &MPM,
         ArrayRef<PassBuilder::PipelineElement>) {
        return addIfNamed<rex::ValuesPass>(Name, MPM) ||
               addIfNamed<rex::EntryPass>(Name, MPM) ||
               addIfNamed<rex::TerminationPass>(Name, MPM) ||
               addIfNamed<rex::StackBoundaryPass>(Name, MPM) ||
               addIfNamed<rex::HygienePass>(Name, MPM) ||
               addIfNamed<rex::StackPass>(Name, MPM) ||
               addIfNamed<rex::NamesPass>(Name, MPM);
      });
  PB.registerPipelineStartEPCallback([](ModulePassManager &MPM, OptimizationLevel) {
    MPM.addPass(rex::ValuesPass());
  });
  PB.registerFullLinkTimeOptimizationEarlyEPCallback(
      [](ModulePassManager &MPM, OptimizationLevel) {
        MPM.addPass(rex::EntryPass());
        MPM.addPass(rex::TerminationPass());
        MPM.addPass(rex::StackBoundaryPass());
      });
  PB.registerFullLinkTimeOptimizationLastEPCallback(
      [](ModulePassManager &MPM, OptimizationLevel) {
        MPM.addPass(rex::HygienePass());
        MPM.addPass(rex::StackPass());
        MPM.addPass(rex::NamesPass());
      });
}

} // namespace

extern "C" LLVM_ATTRIBUTE_VISIBILITY_DEFAULT PassPluginLibraryInfo llvmGetPassPluginInfo() {
  return {LLVM_PLUGIN_API_VERSION, "rex", LLVM_VERSION_STRING, registerCallbacks};
}
