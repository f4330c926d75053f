#include "lua/scratch.hpp"

#include <cstdlib>
#include <new>

#include "base/limits.hpp"
#include "lua/runtime.hpp"

namespace moontide {

/// Owns memory from malloc.
struct Box {
  char* memory = nullptr;
  std::size_t capacity = 0;
};

namespace {

void release(Box& box) noexcept {
  std::free(box.memory);
  box = Box();
}

/// Upvalue 1 is the metatable of boxes: a script may find this function and call it on anything.
int box_gc(lua_State* L) {
  if (lua_type(L, 1) != LUA_TUSERDATA || lua_getmetatable(L, 1) == 0) return 0;
  if (lua_rawequal(L, -1, lua_upvalueindex(1)) != 0)
    release(*static_cast<Box*>(lua_touserdata(L, 1)));
  return 0;
}

Box* push_new_box(lua_State* L) {
  auto* box = ::new (compat::new_userdata(L, sizeof(Box))) Box();
  lua_rawgeti(L, anchors_upvalue(), kScratchClassAnchor);
  lua_setmetatable(L, -2);
  return box;
}

}  // namespace

Output Scratch::open(lua_State* L, std::size_t bytes_max) {
  if (bytes_max > 0 && bytes_max <= kFrameBytes)
    return {frame_, kFrameBytes, Output::Memory::fixed};
  lua_rawgeti(L, anchors_upvalue(), kScratchAnchor);
  if (lua_type(L, -1) == LUA_TUSERDATA) {
    box_ = static_cast<Box*>(lua_touserdata(L, -1));
    lua_pushboolean(L, 0);
    lua_rawseti(L, anchors_upvalue(), kScratchAnchor);
  } else {
    lua_pop(L, 1);
    box_ = push_new_box(L);
  }
  index_ = lua_gettop(L);
  return {box_->memory, box_->capacity, Output::Memory::heap};
}

void Scratch::settle(lua_State* L, const Output& out, bool good) {
  used_ = out.size();
  if (box_ != nullptr) *box_ = {out.memory(), out.capacity()};
  if (!good) luaL_error(L, "not enough memory");
}

void Scratch::close(lua_State* L) {
  if (box_ == nullptr) return;
  const bool fills = box_->capacity / 8 <= used_ && box_->capacity <= limits::kScratchBytesKeptMax;
  if (box_->capacity > limits::kScratchBytesKept && !fills) release(*box_);
  lua_pushvalue(L, index_);
  lua_rawseti(L, anchors_upvalue(), kScratchAnchor);
}

void register_scratch(lua_State* L) {
  const int anchors = lua_gettop(L);
  lua_createtable(L, 0, 1);
  lua_pushvalue(L, -1);
  lua_pushcclosure(L, box_gc, 1);
  lua_setfield(L, -2, "__gc");
  lua_rawseti(L, anchors, kScratchClassAnchor);
  lua_pushboolean(L, 0);
  lua_rawseti(L, anchors, kScratchAnchor);
}

}  // namespace moontide
