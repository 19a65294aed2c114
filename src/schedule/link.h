#pragma once

#include "base/check.h"

namespace holter::schedule {

/// Two pointers inside a job: its place in exactly one list (or none). Moving a job between lists allocates nothing.
struct Link {
  Link* prev = nullptr;
  Link* next = nullptr;

  bool linked() const { return next != nullptr; }
  void unlink() {
    CHECK(linked());
    prev->next = next;
    next->prev = prev;
    prev = next = nullptr;
  }
};

/// A ring of links around a sentinel. Does not own what is in it. First in, first out with push_back and pop_front.
class List {
 public:
  List() { head_.prev = head_.next = &head_; }
  List(const List&) = delete;
  List& operator=(const List&) = delete;

  bool empty() const { return head_.next == &head_; }
  Link* front() const { return empty() ? nullptr : head_.next; }
  Link* back() const { return empty() ? nullptr : head_.prev; }
  /// The one behind `link`, nullptr at the end.
  Link* after(const Link& link) const { return link.next == &head_ ? nullptr : link.next; }
  Link* before(const Link& link) const { return link.prev == &head_ ? nullptr : link.prev; }
  void push_back(Link& link) { insert_before(head_, link); }
  void push_front(Link& link) { insert_before(*head_.next, link); }
  void insert_after(Link& place, Link& link) { insert_before(*place.next, link); }
  Link* pop_front() {
    Link* first = front();
    if (first != nullptr) first->unlink();
    return first;
  }
  /// Moves all of `other` to the end of this list.
  void take(List& other) {
    while (Link* link = other.pop_front()) push_back(*link);
  }

 private:
  static void insert_before(Link& place, Link& link) {
    CHECK(!link.linked());
    link.prev = place.prev;
    link.next = &place;
    place.prev->next = &link;
    place.prev = &link;
  }

  Link head_;
};

}  // namespace holter::schedule
