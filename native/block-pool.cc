// See block-pool.h.
#include "block-pool.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace arpent {
namespace {

constexpr size_t kPage = 1 << 16;
// Where the system has pages of this size to give: fewer faults, fewer misses of the address cache.
constexpr size_t kHugePage = 2 << 20;
// From here on blocks are whole huge pages, which move as such.
constexpr size_t kMovable = 4 << 20;
// Beyond what was ever in use: small images' maps are of many sizes, and would take the place of one another.
constexpr size_t kSlack = 60 << 20;

size_t rounded(size_t bytes) {
  const size_t unit = bytes < kMovable ? kPage : kHugePage;
  return (bytes + unit - 1) / unit * unit;
}

bool whole_pages(Block block) {
  return reinterpret_cast<uintptr_t>(block.start) % kHugePage == 0 && block.bytes % kHugePage == 0;
}

char* mapped(size_t bytes) {
  void* start = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return start == MAP_FAILED ? nullptr : static_cast<char*>(start);
}

// Mapped where a huge page begins.
char* aligned(size_t bytes) {
  char* start = mapped(bytes + kHugePage);
  if (start == nullptr) return nullptr;
  const size_t before = (kHugePage - reinterpret_cast<uintptr_t>(start) % kHugePage) % kHugePage;
  if (before > 0) munmap(start, before);
  munmap(start + before + bytes, kHugePage - before);
  return start + before;
}

}  // namespace

Block BlockPool::take(size_t bytes) {
  bytes = rounded(bytes);
  std::lock_guard<std::mutex> guard(mutex_);
  // A block that is up to an eighth larger will do.
  const auto found = waiting_.lower_bound(bytes);
  if (found != waiting_.end() && found->first <= bytes + bytes / 8) {
    const Block block{found->second, found->first};
    forget(found);
    return hand_out(block);
  }
  Block block = map(bytes);
  // Another program may hold what the machine has: ours goes first.
  while (block.start == nullptr && !waiting_.empty()) {
    give_back(bytes);
    block = map(bytes);
  }
  if (block.start == nullptr) return {nullptr, 0};
  if (whole_pages(block)) move_pages(block, excess(bytes));
  while (!waiting_.empty() && excess(bytes) > 0) give_back(excess(bytes));
  return hand_out(block);
}

size_t BlockPool::keep(void* start) {
  std::lock_guard<std::mutex> guard(mutex_);
  const auto found = handed_out_.find(start);
  if (found == handed_out_.end()) return 0;
  const size_t bytes = found->second;
  handed_out_.erase(found);
  in_use_ -= bytes;
  wait({static_cast<char*>(start), bytes});
  return bytes;
}

// By how much too many bytes would be held with so many more.
size_t BlockPool::excess(size_t more) const {
  const size_t held = in_use_ + idle_ + more;
  const size_t most = std::max(most_, in_use_ + more) + kSlack;
  return held > most ? held - most : 0;
}

Block BlockPool::hand_out(Block block) {
  handed_out_.emplace(block.start, block.bytes);
  in_use_ += block.bytes;
  most_ = std::max(most_, in_use_);
  return block;
}

Block BlockPool::map(size_t bytes) {
  char* start = bytes < kMovable ? mapped(bytes) : aligned(bytes);
  if (start == nullptr) return {nullptr, 0};
#ifdef MADV_HUGEPAGE
  if (bytes >= kMovable) madvise(start, bytes, MADV_HUGEPAGE);
#endif
  seams_.insert(start);
  return {start, bytes};
}

void BlockPool::forget(Waiting::iterator waiting) {
  idle_ -= waiting->first;
  waiting_.erase(waiting);
}

void BlockPool::wait(Block block) {
  idle_ += block.bytes;
  waiting_.emplace(block.bytes, block.start);
}

// Moves pages that wait to where a block begins: so many bytes if there are as many, and no more than the block has.
void BlockPool::move_pages(Block to, size_t bytes) {
  size_t wanted = std::min(to.bytes, (bytes + kHugePage - 1) / kHugePage * kHugePage);
  while (wanted > 0) {
    const size_t moved = move_piece(to, wanted);
    if (moved == 0) return;
    wanted -= moved;
    to = {to.start + moved, to.bytes - moved};
  }
}

// Moves the end of the largest block that waits, as much of it as the system moves at once; how much that was.
size_t BlockPool::move_piece(Block to, size_t wanted) {
#ifdef MREMAP_FIXED
  const auto movable = [](const auto& each) { return whole_pages({each.second, each.first}); };
  const auto largest = std::find_if(waiting_.rbegin(), waiting_.rend(), movable);
  if (largest == waiting_.rend()) return 0;
  const Block from{largest->second, largest->first};
  char* const end = from.start + from.bytes;
  char* const seam = *std::prev(seams_.lower_bound(end));
  const size_t moved = std::min(wanted, static_cast<size_t>(end - std::max(seam, from.start)));
  char* const piece = end - moved;
  if (mremap(piece, moved, moved, MREMAP_MAYMOVE | MREMAP_FIXED, to.start) == MAP_FAILED) return 0;
  seams_.erase(piece);
  seams_.insert(to.start);
  // What is left of the mapping that made room.
  if (moved < to.bytes) seams_.insert(to.start + moved);
  forget(std::prev(largest.base()));
  if (piece > from.start) wait({from.start, from.bytes - moved});
  return moved;
#else
  return 0;
#endif
}

// Gives so many bytes of the largest block back to the system, or all of it.
void BlockPool::give_back(size_t bytes) {
  const auto last = std::prev(waiting_.end());
  const Block block{last->second, last->first};
  const size_t kept = bytes >= block.bytes ? 0 : (block.bytes - bytes) / kHugePage * kHugePage;
  char* const piece = block.start + kept;
  munmap(piece, block.bytes - kept);
  seams_.erase(seams_.lower_bound(piece), seams_.lower_bound(block.start + block.bytes));
  forget(last);
  if (kept > 0) wait({block.start, kept});
}

}  // namespace arpent
