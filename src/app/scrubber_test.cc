#include "app/scrubber.h"

#include <gtest/gtest.h>

namespace holter::app {
namespace {

using Form = Scrubber::Form;

TEST(Scrubber, masks_what_it_was_told_of_wherever_it_stands) {
  Scrubber scrubber;
  scrubber.hide("hunter2");
  scrubber.hide("a \"b\"/c");
  EXPECT_EQ(scrubber.scrub("xhunter2y hunter hunter2hunter2"), "x***y hunter ******");
  EXPECT_EQ(scrubber.scrub("of a \"b\"/c!"), "of ***!");
  EXPECT_EQ(scrubber.scrub(R"({"x":"a \"b\"/c"})", Form::kJson), R"({"x":"***"})");
  EXPECT_EQ(scrubber.scrub("/?q=a%20%22b%22%2Fc"), "/?q=***");
}

TEST(Scrubber, of_two_that_begin_alike_takes_the_longer_one) {
  Scrubber scrubber;
  scrubber.hide("secre");
  scrubber.hide("secrets of many");
  EXPECT_EQ(scrubber.scrub("x secrets of many y"), "x *** y");
}

TEST(Scrubber, does_not_look_for_what_would_be_everywhere) {
  Scrubber scrubber;
  scrubber.hide("");
  scrubber.hide("abc");
  EXPECT_EQ(scrubber.size(), 0U);
  EXPECT_EQ(scrubber.scrub("abc"), "abc");
}

TEST(Scrubber, masks_what_looks_like_a_secret) {
  struct Case {
    const char* text;
    const char* masked;
  };
  Scrubber scrubber;
  for (const auto& c : {
           Case{"host=db password=x1 user=y", "host=db password=*** user=y"},
           Case{"Password: \"a b\", next", "Password: \"***\", next"},
           Case{"{password: x, b: c}", "{password: ***, b: c}"},
           Case{"HOLTER_SECRET_KEY=abc=\nnext", "HOLTER_SECRET_KEY=***\nnext"},
           Case{"Authorization: Bearer abc.def\r\nHost: h", "Authorization: ***\r\nHost: h"},
           Case{"proxy-authorization=Basic dXNlcg==", "proxy-authorization=***"},
           Case{"GET http://eva:pw@host/x", "GET http://***@host/x"},
           Case{"postgresql://eva:p@ss/w@db:5432/h?x=1", "postgresql://***@db:5432/h?x=1"},
           Case{"https://host/a?token=t1&b=2", "https://host/a?token=***&b=2"},
           Case{"api_key=k; apiKey: k2", "api_key=***; apiKey: ***"},
           Case{"see http://host/ and mail a@b.example", "see http://host/ and mail a@b.example"},
           Case{"the password is wrong", "the password is wrong"},
           Case{"tokens are counted", "tokens are counted"},
           Case{"password=", "password="},
           Case{"", ""},
       })
    EXPECT_EQ(scrubber.scrub(c.text), c.masked);
}

TEST(Scrubber, leaves_json_what_it_is) {
  Scrubber scrubber;
  EXPECT_EQ(
      scrubber.scrub(R"({"password":"x","tokens":12,"secret":null,"a":{"token":{"b":1}},"cookie":""})", Form::kJson),
      R"({"password":"***","tokens":12,"secret":null,"a":{"token":{"b":1}},"cookie":""})");
  EXPECT_EQ(scrubber.scrub(R"({"text":"cannot use \"password\": \"x\" here"})", Form::kJson),
            R"({"text":"cannot use \"password\": \"***\" here"})");
}

TEST(Scrubber, learns_secrets_from_a_text_and_finds_them_alone) {
  Scrubber scrubber;
  scrubber.hide_all_of("https://eva:canary1@host/?token=canary2 Authorization: Bearer canary3");
  EXPECT_EQ(scrubber.scrub("canary1 canary2 canary3 eva host"), "*** *** *** eva host");
}

}  // namespace
}  // namespace holter::app
