// A doubly linked list whose links live in the members: linking and unlinking are O(1) and allocate nothing.
//
// A type joins by deriving from ListNode<T>. The node unlinks itself when it is destroyed. The list owns nothing.
#pragma once

#include <utility>

namespace gladhand {

template <class T>
class List;

template <class T>
class ListNode {
 public:
  ListNode() = default;
  ListNode(const ListNode&) = delete;
  ListNode& operator=(const ListNode&) = delete;
  ~ListNode() { unlink(); }

  bool is_linked() const { return next_ != nullptr; }
  void unlink() {
    if (!next_) return;
    next_->prev_ = prev_;
    prev_->next_ = next_;
    next_ = prev_ = nullptr;
  }

 private:
  friend class List<T>;
  ListNode* next_ = nullptr;
  ListNode* prev_ = nullptr;
};

template <class T>
class List {
 public:
  List() { root_.next_ = root_.prev_ = &root_; }
  ~List() {
    while (!empty()) front().unlink();
    root_.next_ = root_.prev_ = nullptr;
  }
  List(const List&) = delete;
  List& operator=(const List&) = delete;

  bool empty() const { return root_.next_ == &root_; }
  T& front() { return static_cast<T&>(*root_.next_); }
  T& back() { return static_cast<T&>(*root_.prev_); }
  void push_back(T& item) { insert(item, *root_.prev_); }
  void push_front(T& item) { insert(item, root_); }

  // `visit` may unlink the item it is given, and no other.
  template <class Visit>
  void for_each(Visit visit) {
    for (ListNode<T>* node = root_.next_; node != &root_;) {
      T& item = static_cast<T&>(*std::exchange(node, node->next_));
      visit(item);
    }
  }

  // Moves everything to `other`, which must be empty.
  void move_to(List& other) {
    while (!empty()) {
      T& item = front();
      static_cast<ListNode<T>&>(item).unlink();
      other.push_back(item);
    }
  }

 private:
  static void insert(ListNode<T>& node, ListNode<T>& after) {
    node.prev_ = &after;
    node.next_ = after.next_;
    after.next_->prev_ = &node;
    after.next_ = &node;
  }
  ListNode<T> root_;
};

}  // namespace gladhand
