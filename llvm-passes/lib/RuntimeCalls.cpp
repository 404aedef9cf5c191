// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "rex/RuntimeCalls.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/IR/RuntimeLibcalls.h"

using namespace llvm;

bool rex::isRuntimeCall(StringRef Name) {
  // Loops and comparisons of memory become these.
  if (is_contained({"memcmp", "bcmp", "strlen"}, Name))
    return true;
  RTLIB::RuntimeLibcallsInfo Calls(Triple("x86_64-unknown-none"));
  return Calls.getSupportedLibcallImpl(Name) != RTLIB::Unsupported;
}
