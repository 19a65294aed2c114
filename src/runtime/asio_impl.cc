// The one place that compiles Boost.Asio's non-template parts.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
