#include "common/operations/prometheus.hpp"

namespace stagecoach::operations {

std::string prometheus(const gateway::Counters& counters, std::string_view stage) {
  std::string text = "# TYPE stagecoach_stage_info gauge\nstagecoach_stage_info{stage=\"";
  text.append(stage).append("\"} 1\n");
  for (const gateway::Line& line : gateway::lines()) {
    std::string name = "stagecoach_";
    name.append(line.name).append(line.is_gauge ? "" : "_total");
    text.append("# TYPE ").append(name).append(line.is_gauge ? " gauge\n" : " counter\n");
    text.append(name).append(" ").append(std::to_string(counters.*line.counter)).append("\n");
  }
  return text;
}

}  // namespace stagecoach::operations
