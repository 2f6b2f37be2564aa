// Large blocks of memory that are used again and again.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <set>
#include <unordered_map>

namespace arpent {

struct Block {
  char* start;
  size_t bytes;
};

// A freed block waits for the next use of about its size. Before more would be held than was once in use at the same time, and
// a little, blocks that wait become others: their pages move to a new address (Linux), and nothing has to be cleared. Pages
// that cannot move are given back.
class BlockPool {
 public:
  // Where blocks begin.
  static constexpr size_t kAlignment = 4096;

  // A block of at least so many bytes, with whatever is in it; of no bytes where the system has none.
  Block take(size_t bytes);
  // Takes the block back that begins here; its bytes, none where it is not one of the pool's.
  size_t keep(void* start);

 private:
  using Waiting = std::multimap<size_t, char*>;

  size_t excess(size_t more) const;
  Block hand_out(Block block);
  Block map(size_t bytes);
  void move_pages(Block to, size_t bytes);
  size_t move_piece(Block to, size_t wanted);
  void forget(Waiting::iterator waiting);
  void wait(Block block);
  void give_back(size_t bytes);

  std::mutex mutex_;
  Waiting waiting_;
  std::unordered_map<void*, size_t> handed_out_;
  // Where mappings begin that the system may hold apart: it moves pages of one at a time.
  std::set<char*> seams_;
  size_t in_use_ = 0;
  size_t idle_ = 0;
  // The most that was ever in use at once.
  size_t most_ = 0;
};

}  // namespace arpent
