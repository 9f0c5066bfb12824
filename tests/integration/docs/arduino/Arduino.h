// As much of the Arduino core as the sketch of docs/first-reading.md uses, in a world that the driver moves.
#pragma once
#include <sys/time.h>

#include <cmath>
#include <cstddef>
#include <string>

using std::isinf;
using std::isnan;
using std::size_t;

class String : public std::string {
 public:
  String(const char *text) : std::string(text) {}
  String(const std::string &text) : std::string(text) {}
};

inline String operator+(const String &left, const char *right) {
  return String(static_cast<const std::string &>(left) + right);
}
inline String operator+(const String &left, const String &right) {
  return String(static_cast<const std::string &>(left) + static_cast<const std::string &>(right));
}

struct SerialPort {
  void begin(unsigned long baud);
  void println(const String &text);
};
extern SerialPort Serial;

unsigned long millis();
void delay(unsigned long ms);
long random(long below);
float analogRead(int pin);  // a float, so that a sensor can fail: NAN
void configTime(long offset, int daylight, const char *server);

template <class T>
T min(T left, T right) {
  return left < right ? left : right;
}

int worldTime(struct timeval *now, void *zone);
#define gettimeofday worldTime
