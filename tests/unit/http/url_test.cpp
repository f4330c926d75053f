// Goal: the parts of any text are the contract's, and lie within the text.
#include "http/url.hpp"

#include <gtest/gtest.h>

#include <string>

namespace moontide::url {
namespace {

/// The parts that are present: "scheme=http host=h".
std::string words(const Parts& parts) {
  std::string text;
  const auto add = [&text](const char* name, std::string_view part) {
    if (!is_present(part)) return;
    if (!text.empty()) text += ' ';
    text.append(name).append("=").append(part);
  };
  add("scheme", parts.scheme);
  add("authority", parts.authority);
  add("userinfo", parts.userinfo);
  add("user", parts.user);
  add("password", parts.password);
  add("host", parts.host);
  add("port", parts.port);
  add("path", parts.path);
  add("params", parts.params);
  add("query", parts.query);
  add("fragment", parts.fragment);
  return text;
}

std::string split_words(std::string_view text) { return words(split_all(text)); }

TEST(Url, HasNoPartsWhenEmpty) { EXPECT_EQ(split_words(""), ""); }

TEST(Url, SplitLeavesTheAuthorityInOnePiece) {
  EXPECT_EQ(words(split("http://u:p@h:80/p")), "scheme=http authority=u:p@h:80 path=/p");
}

TEST(Url, SchemeBeginsWithALetterOrDigit) {
  EXPECT_EQ(split_words("a+b-c.d:x"), "scheme=a+b-c.d path=x");
  EXPECT_EQ(split_words("127.0.0.1:80/x"), "scheme=127.0.0.1 path=80/x");
  EXPECT_EQ(split_words("http:"), "scheme=http");
  EXPECT_EQ(split_words(":"), "path=:");
  EXPECT_EQ(split_words("+a:x"), "path=+a:x");
  EXPECT_EQ(split_words("a_b:x"), "path=a_b:x");
  EXPECT_EQ(split_words(" a:x"), "path= a:x");
  EXPECT_EQ(split_words("\xC3\xA4:x"), "path=\xC3\xA4:x");
}

TEST(Url, FragmentIsCutBeforeQueryAndParams) {
  EXPECT_EQ(split_words("/p;a;b?c;d?e#f#g"), "path=/p params=a;b query=c;d?e fragment=f#g");
  EXPECT_EQ(split_words("p#f?q;x"), "path=p fragment=f?q;x");
  EXPECT_EQ(split_words("p?q;x"), "path=p query=q;x");
  EXPECT_EQ(split_words(";?#"), "params= query= fragment=");
}

TEST(Url, EmptyHostAndPathAreAbsent) {
  EXPECT_EQ(split_words("//"), "authority=");
  EXPECT_EQ(split_words("//:80"), "authority=:80 port=80");
  EXPECT_EQ(split_words("//u:p@/"), "authority=u:p@ userinfo=u:p user=u password=p path=/");
}

TEST(Url, UserinfoEndsAtTheFirstAtAndUserAtTheLastColon) {
  EXPECT_EQ(split_words("//a@b@h"), "authority=a@b@h userinfo=a user=a host=b@h");
  EXPECT_EQ(split_words("//u:p:q@h"),
            "authority=u:p:q@h userinfo=u:p:q user=u:p password=q host=h");
  EXPECT_EQ(split_words("//@h"), "authority=@h userinfo= user= host=h");
  EXPECT_EQ(split_words("//:p@h"), "authority=:p@h userinfo=:p user= password=p host=h");
}

TEST(Url, PortFollowsTheLastColonOutsideOfBrackets) {
  EXPECT_EQ(split_words("//h:80:90"), "authority=h:80:90 host=h:80 port=90");
  EXPECT_EQ(split_words("//h:"), "authority=h: host=h port=");
  EXPECT_EQ(split_words("//[::1]"), "authority=[::1] host=::1");
  EXPECT_EQ(split_words("//[::1]:8"), "authority=[::1]:8 host=::1 port=8");
  EXPECT_EQ(split_words("//[::1"), "authority=[::1 host=[: port=1");
}

TEST(Url, BracketsAreDroppedWhenSomethingIsBetweenThem) {
  EXPECT_EQ(split_words("//[]:80"), "authority=[]:80 host=[] port=80");
  EXPECT_EQ(split_words("//[]"), "authority=[] host=[]");
  EXPECT_EQ(split_words("//[h]"), "authority=[h] host=h");
  EXPECT_EQ(split_words("//[::1]x:80"), "authority=[::1]x:80 host=[::1]x port=80");
  EXPECT_EQ(split_words("//["), "authority=[ host=[");
}

TEST(Url, AuthorityEndsAtSlashQueryOrFragment) {
  EXPECT_EQ(split_words("//h?q=a/b"), "authority=h host=h query=q=a/b");
  EXPECT_EQ(split_words("//h#f/g"), "authority=h host=h fragment=f/g");
  EXPECT_EQ(split_words("//h;p"), "authority=h;p host=h;p");
}

TEST(Url, QuestionMarkOrHashMayBelongToAPassword) {
  EXPECT_EQ(split_words("//user:pa?ss@h/x?q"),
            "authority=user:pa?ss@h userinfo=user:pa?ss user=user password=pa?ss host=h path=/x "
            "query=q");
  EXPECT_EQ(split_words("//u:p$%?#w@h:1"),
            "authority=u:p$%?#w@h:1 userinfo=u:p$%?#w user=u password=p$%?#w host=h port=1");
  EXPECT_EQ(split_words("//u:#@h"), "authority=u: host=u port= fragment=@h");
}

TEST(Url, WhatCanBeHostAndPortIsNoPassword) {
  EXPECT_EQ(split_words("//h?x@evil/"), "authority=h host=h query=x@evil/");
  EXPECT_EQ(split_words("//h:80?x@evil/"), "authority=h:80 host=h port=80 query=x@evil/");
  EXPECT_EQ(split_words("//h:?x@evil/"), "authority=h: host=h port= query=x@evil/");
  EXPECT_EQ(split_words("//[::1]?x@evil"), "authority=[::1] host=::1 query=x@evil");
  EXPECT_EQ(split_words("//[::1]:80#x@evil"),
            "authority=[::1]:80 host=::1 port=80 fragment=x@evil");
  EXPECT_EQ(split_words("//u@h:x?y@evil"),
            "authority=u@h:x userinfo=u user=u host=h port=x query=y@evil");
  EXPECT_EQ(split_words("//h:x?y/@evil"), "authority=h:x host=h port=x query=y/@evil");
}

TEST(Url, KeepsEveryByteAsItIs) {
  const std::string text("//a b/\0\r\n%zz", 11);
  const Parts parts = split_all(text);
  EXPECT_EQ(parts.host, "a b");
  EXPECT_EQ(parts.path, std::string("/\0\r\n%zz", 7).substr(0, parts.path.size()));
  EXPECT_EQ(parts.path.data() + parts.path.size(), text.data() + text.size());
}

TEST(Url, SplittingAnAuthorityLeavesWhatItDoesNotFind) {
  Parts parts;
  parts.authority = "h";
  parts.port = "9";
  parts.userinfo = "a:b";
  split_authority(parts);
  split_userinfo(parts);
  EXPECT_EQ(words(parts), "authority=h userinfo=a:b user=a password=b host=h port=9");
}

}  // namespace
}  // namespace moontide::url
