#include "common/testing/contract/stage.hpp"
