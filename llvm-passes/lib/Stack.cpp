// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Decides how a program keeps within its part of the stack (docs/abi.md,
// section 7). With neither recursion nor indirect calls its depth is a number
// that can be computed from the finished object, and nothing is inserted.
// Otherwise every function that may go deep looks at the stack pointer when
// it is entered.
//
// A panic changes the rules: from the panic handler on, the part of the stack
// that is set aside may be used. What only the handler reaches is no part of
// the program's depth, but it is checked too, since formatting a message runs
// code of the extension.

#include "rex/Passes.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Demangle/Demangle.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/MDBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"

using namespace llvm;

namespace {

/// What `#[panic_handler]` compiles to; rustc mangles it, with a hash of its own version.
constexpr StringLiteral PanicHandler = "rust_begin_unwind", MangledHandler = "__rustc::rust_begin_unwind";
/// The runtime's answer to a stack pointer that is too low.
constexpr StringLiteral CheckStack = "__rex_check_stack";
/// The kernel's way in when time is up.
constexpr StringLiteral HandleTimeout = "__rex_handle_timeout";

/// Stacks are aligned to this, in bytes.
constexpr uint64_t StackAlign = 0x10000;
/// Below this offset in a stack lies what is set aside, in bytes.
constexpr uint64_t StackReserve = 0x4000;

/// What the note promises, with the number of bytes that goes with it.
enum Promise : uint32_t { Depth = 0, Frame = 1 };
constexpr uint32_t DepthLimit = 0x4000, FrameLimit = 0x1000;

using Functions = SmallSetVector<Function *, 32>;

/// Who calls whom, of the functions that the program defines.
class CallGraph {
public:
  explicit CallGraph(Module &M) {
    for (Function &F : M)
      if (!F.isDeclaration())
        for (Instruction &I : instructions(F))
          if (auto *Call = dyn_cast<CallBase>(&I))
            add(Nodes[&F], *Call);
    for (Function &F : M)
      if (!F.isDeclaration() && F.hasAddressTaken())
        AddressTaken.push_back(&F);
  }

  /// All that the roots reach without passing through Cut. With one indirect
  /// call, every function whose address is taken is reached.
  Functions reach(ArrayRef<Function *> Roots, const Function *Cut) const {
    Functions Seen;
    SmallVector<Function *> Work(Roots);
    bool Indirect = false;
    while (!Work.empty()) {
      Function *F = Work.pop_back_val();
      if (!F || F->isDeclaration() || F == Cut || !Seen.insert(F))
        continue;
      append_range(Work, node(F).Callees);
      if (node(F).Indirect && !std::exchange(Indirect, true))
        append_range(Work, AddressTaken);
    }
    return Seen;
  }

  bool anyIndirect(const Functions &Set) const {
    return any_of(Set, [&](Function *F) { return node(F).Indirect; });
  }

  /// Whether no number bounds how deep calls within Set can nest.
  bool unbounded(const Functions &Set) const {
    if (anyIndirect(Set))
      return true;
    // Take away what calls nothing that is left; a cycle is never taken away.
    Functions Left = Set;
    auto Done = [&](Function *F) {
      return none_of(node(F).Callees, [&](Function *C) { return Left.contains(C); });
    };
    while (Left.remove_if(Done))
      ;
    return !Left.empty();
  }

  /// Whether F calls what calls on, or what isn't known.
  bool mayGoDeep(Function *F) const {
    return node(F).Indirect || any_of(node(F).Callees, [&](Function *Callee) {
             return node(Callee).Indirect || !node(Callee).Callees.empty();
           });
  }

private:
  struct Node {
    SmallVector<Function *, 4> Callees;
    bool Indirect = false;
  };

  void add(Node &N, CallBase &Call) {
    if (Call.isInlineAsm())
      return;
    auto *Callee = dyn_cast<Function>(Call.getCalledOperand()->stripPointerCastsAndAliases());
    if (!Callee)
      N.Indirect = true;
    else if (!Callee->isDeclaration())
      N.Callees.push_back(Callee);
  }

  const Node &node(Function *F) const {
    static const Node Leaf;
    auto It = Nodes.find(F);
    return It == Nodes.end() ? Leaf : It->second;
  }

  DenseMap<Function *, Node> Nodes;
  SmallVector<Function *> AddressTaken;
};

/// Calls the runtime when F is entered with the stack pointer too low.
void insertCheck(Function &F, Function &Check) {
  LLVMContext &C = F.getContext();
  // Behind the allocas: in another block they would no longer be part of the frame.
  Instruction *At = &*F.getEntryBlock().getFirstNonPHIOrDbgOrAlloca();
  IRBuilder<> B(At);
  Metadata *Register = MDString::get(C, "rsp");
  Value *Sp = B.CreateIntrinsic(Intrinsic::read_register, {B.getInt64Ty()},
                                {MetadataAsValue::get(C, MDNode::get(C, Register))});
  // Below StackReserve, a power of two, none of the bits between it and StackAlign is set: one test.
  Value *Low = B.CreateIsNull(B.CreateAnd(Sp, StackAlign - StackReserve));
  Instruction *Then = SplitBlockAndInsertIfThen(
      Low, At->getIterator(), /*Unreachable=*/false, MDBuilder(C).createUnlikelyBranchWeights());
  B.SetInsertPoint(Then);
  // A call in a function with debug information needs a place.
  if (DISubprogram *S = F.getSubprogram())
    B.SetCurrentDebugLocation(DILocation::get(C, 0, 0, S));
  B.CreateCall(&Check)->setCallingConv(Check.getCallingConv());
}

/// Leaves the promise in the object, as an ELF note of owner "Rex" and type 1.
void writeNote(Module &M, Promise Kind) {
  uint32_t Limit = Kind == Depth ? DepthLimit : FrameLimit;
  uint32_t Words[] = {4, 8, 1, 0x00786552 /* "Rex\0" */, Kind, Limit};
  auto *Note = new GlobalVariable(
      M, ArrayType::get(Type::getInt32Ty(M.getContext()), std::size(Words)), /*isConstant=*/true,
      GlobalValue::PrivateLinkage, ConstantDataArray::get(M.getContext(), Words), "rex_stack_note");
  Note->setSection(".note.rex");
  Note->setAlignment(Align(4));
  appendToUsed(M, {Note});
}

} // namespace

PreservedAnalyses rex::StackBoundaryPass::run(Module &M, ModuleAnalysisManager &) {
  // By one name for this pass, StackPass and who reads the object. A second one would not be checked.
  for (Function &F : M)
    if (demangle(F.getName()) == MangledHandler) {
      if (M.getNamedValue(PanicHandler)) {
        M.getContext().emitError("rex: `" + PanicHandler + "`, the panic handler's name, is taken");
        return PreservedAnalyses::none();
      }
      F.setName(PanicHandler);
    }
  // Inlined into its callers, the handler could no longer be told from them.
  Function *Handler = M.getFunction(PanicHandler);
  if (!Handler || Handler->isDeclaration())
    return PreservedAnalyses::all();
  Handler->removeFnAttr(Attribute::AlwaysInline);
  Handler->addFnAttr(Attribute::NoInline);
  return PreservedAnalyses::none();
}

PreservedAnalyses rex::StackPass::run(Module &M, ModuleAnalysisManager &) {
  SmallVector<Function *> Entries;
  for (Function &F : M)
    if (F.getSection().starts_with("rex/") && !F.isDeclaration())
      Entries.push_back(&F);
  if (Entries.empty())
    return PreservedAnalyses::all();

  CallGraph Calls(M);
  Function *Handler = M.getFunction(PanicHandler);
  Function *Check = M.getFunction(CheckStack);
  Functions Program = Calls.reach(Entries, Handler);
  Functions Panic = Calls.reach({Handler}, nullptr);
  // The way to the handler must not be checked, or the check would call itself.
  Functions Way = Calls.reach({Check, M.getFunction(HandleTimeout)}, Handler);
  if (Calls.anyIndirect(Way)) {
    // Everything could be on the way, and nothing would be checked.
    M.getContext().emitError("rex: `" + CheckStack + "` or `" + HandleTimeout +
                             "` calls indirectly before the panic handler is reached");
    return PreservedAnalyses::all();
  }
  Way.insert(Handler);

  bool Dynamic = Calls.unbounded(Program);
  Functions Checked;
  if (Dynamic)
    Checked.insert(Program.begin(), Program.end());
  if (Calls.unbounded(Panic))
    for (Function *F : Panic)
      // In a program of known depth these are bounded too.
      if (Dynamic || !Program.contains(F))
        Checked.insert(F);
  Checked.remove_if([&](Function *F) { return Way.contains(F) || !Calls.mayGoDeep(F); });

  writeNote(M, Dynamic ? Frame : Depth);
  if (Checked.empty())
    return PreservedAnalyses::none();
  if (!Check || Check->isDeclaration() || !Check->arg_empty()) {
    M.getContext().emitError("rex: no function `" + CheckStack +
                             "()`, which ends a program that recurses too deep; "
                             "the extension must link the `rex` crate");
    return PreservedAnalyses::none();
  }
  for (Function *F : Checked)
    insertCheck(*F, *Check);
  return PreservedAnalyses::none();
}
