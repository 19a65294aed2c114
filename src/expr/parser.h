#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "expr/emitter.h"
#include "expr/lexer.h"
#include "expr/scope.h"

namespace holter::expr {

/// Recursive descent over the tokens, straight to code: there is no tree. docs/expressions.md has the grammar. From
/// loose to tight: `?:`, `||`, `&&`, `== !=`, `< <= > >= =~ !~ in`, `+ -`, `* / %`, `- !`.
class Parser {
 public:
  Parser(std::string_view source, const Scope& scope, std::vector<Token> tokens)
      : source_(source), scope_(scope), tokens_(std::move(tokens)), emitter_(source, scope.fold, scope.regexes) {}

  Result<std::shared_ptr<const Code>> run() &&;

 private:
  using Kind = Token::Kind;

  // Grammar, parser.cc.
  Result<Operand> expression();
  Result<Operand> branches(Operand condition);
  Result<Operand> chain(Kind sign, std::string_view word, Op op, Result<Operand> (Parser::*side)());
  Result<Operand> disjunction();
  Result<Operand> conjunction();
  Result<Operand> equality();
  Result<Operand> relation();
  Result<Operand> pattern_match(const Operand& left, bool wanted);
  Result<Operand> membership(const Operand& left, bool wanted);
  Result<Operand> sum();
  Result<Operand> product();
  Result<Operand> sign();
  Result<Operand> primary();
  // Names and functions, parser_names.cc.
  Result<Operand> name();
  Result<Operand> variable(std::string_view name, Span span, const Token& at);
  Result<Operand> call();
  Result<Operand> call_get(const Token& function);
  Result<Operand> call_matches(const Token& function);
  Result<Operand> call_texts(const Token& function, Op op);
  Result<Operand> call_json(const Token& function);
  Result<std::uint16_t> pattern();
  Error unknown_name(std::string_view name, const Token& at) const;

  // Tokens.
  const Token& peek(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  const Token& take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  bool is(Kind kind) const { return peek().kind == kind; }
  std::string_view text(const Token& token) const {
    return source_.substr(token.span.begin, token.span.end - token.span.begin);
  }
  /// The next token is an operator that is a word.
  bool is_word(std::string_view word) const { return is(Kind::kName) && text(peek()) == word; }
  bool is_function(std::size_t ahead, std::string_view name) const;
  std::optional<Op> equality_op() const;
  std::optional<Op> relation_op() const;
  std::optional<Op> factor_op() const;
  bool is_relation() const;
  bool is_not_in() const;
  Status expect(Kind kind, std::string_view what);
  std::string found() const;
  Error fail(const Token& at, std::string_view what, ErrorCode code = ErrorCode::kInvalidArgument) const {
    return error_at(source_, at.span.begin, what, code);
  }

  /// From the beginning of `from` to the last token taken.
  Span since(const Span& from) const { return {from.begin, tokens_[at_ - 1].span.end}; }
  /// In rules, what `problem` says is an error at `at`.
  Status check(const Token& at, const std::optional<std::string>& problem) const;
  Status check_not(const Operand& left, const Token& at) const;
  Result<Operand> emit_binary(Op op, const Operand& left, const Operand& right, const Token& at);

  std::string_view source_;
  const Scope& scope_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  Emitter emitter_;
};

}  // namespace holter::expr
